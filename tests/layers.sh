#!/bin/sh
# The layers of analyzer/ are as documented, and the script that checks them finds violations.
exec scripts/check-layers.sh --self-test
