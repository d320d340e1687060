#include "tenant.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: gen-tenant -o DIR [--preset S|M|L|tight] [--assignments N] [--resources N]\n"
    "                  [--aml-identities N] [--wide-percent P] [--far-percent P] [--seed N]\n"
    "\n"
    "Writes an invented Azure tenant into DIR, in the shapes of Azure CLI and REST exports.\n"
    "The same options write the same bytes.\n"
    "\n"
    "  --preset          S: 1,000 assignments, 5,000 resources, 60 AML identities\n"
    "                    M: 100,000, 200,000, 2,000 (default)\n"
    "                    L: 1,000,000, 1,000,000, 5,000\n"
    "                    tight: M with few wide and no far assignments: long chains\n"
    "  --wide-percent    assignments at subscriptions and above (default 6, tight 0.05)\n"
    "  --far-percent     assignments away from the principal's home (default 15, tight 0)\n";

static _Noreturn void usage_error(const char *what, const char *value)
{
    fprintf(stderr, "gen-tenant: %s%s\n%s", what, value, usage);
    exit(2);
}

static bool find_preset(const char *name, TenantOptions *options)
{
    static const struct {
        const char *name;
        TenantOptions options;
    } presets[] = {
        {"S", {1000, 5000, 60, 6, 15, 0}},
        {"M", {100000, 200000, 2000, 6, 15, 0}},
        {"L", {1000000, 1000000, 5000, 6, 15, 0}},
        {"tight", {100000, 200000, 2000, 0.05, 0, 0}},
    };
    uint64_t seed = options->seed;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(name, presets[i].name) == 0) {
            *options = presets[i].options;
            options->seed = seed;
            return true;
        }
    }
    return false;
}

static double number(const char *text, double most)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= 0 && value <= most))
        usage_error("not a number of the expected size: ", text);
    return value;
}

/* Sets `*directory`, and ends the program on a usage error and after --help. */
static TenantOptions read_options(int argc, char **argv, const char **directory)
{
    enum { PRESET = 256, ASSIGNMENTS, RESOURCES, AML_IDENTITIES, WIDE, FAR, SEED };
    static const struct option options[] = {
        {"preset", required_argument, NULL, PRESET},
        {"assignments", required_argument, NULL, ASSIGNMENTS},
        {"resources", required_argument, NULL, RESOURCES},
        {"aml-identities", required_argument, NULL, AML_IDENTITIES},
        {"wide-percent", required_argument, NULL, WIDE},
        {"far-percent", required_argument, NULL, FAR},
        {"seed", required_argument, NULL, SEED},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const double most = 50e6; /* of anything: keeps every sum in 32 bits */
    TenantOptions tenant_options = {.seed = 42};
    find_preset("M", &tenant_options);
    for (int option; (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        switch (option) {
        case PRESET:
            if (!find_preset(optarg, &tenant_options))
                usage_error("no such preset: ", optarg);
            break;
        case ASSIGNMENTS:
            tenant_options.assignment_count = (uint32_t)number(optarg, most);
            break;
        case RESOURCES:
            tenant_options.resource_count = (uint32_t)number(optarg, most);
            break;
        case AML_IDENTITIES:
            tenant_options.aml_identity_count = (uint32_t)number(optarg, most);
            break;
        case WIDE:
            tenant_options.wide_percent = number(optarg, 100);
            break;
        case FAR:
            tenant_options.far_percent = number(optarg, 100);
            break;
        case SEED:
            tenant_options.seed = (uint64_t)number(optarg, 0x1p53);
            break;
        case 'o':
            *directory = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            usage_error("", "");
        }
    }
    if (*directory == NULL || optind != argc)
        usage_error("expected -o DIR and no other words", "");
    return tenant_options;
}

int main(int argc, char **argv)
{
    const char *directory = NULL;
    TenantOptions tenant_options = read_options(argc, argv, &directory);
    Tenant tenant = tenant_make(&tenant_options);
    tenant_write(&tenant, directory);
    fprintf(stderr, "%s: %u assignments, %u resources, %u principals, %u AML workspaces\n",
            directory, tenant.assignments.count, tenant.first_child - tenant.first_resource,
            tenant.principals.count, tenant.workspaces.count);
    tenant_free(&tenant);
    return 0;
}
