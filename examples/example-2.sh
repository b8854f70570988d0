#!/usr/bin/env bash
# The second example of Connect-PSSession's help page: disconnects from the open sessions, and connects to them again.
#
# It needs the names get-pssession, disconnect-pssession and connect-pssession in the PATH
# (connect-pssession --install-links DIR creates them), and sessions that an earlier command has opened.
set -euo pipefail

get-pssession

# The work in the sessions continues, and can be picked up later from this computer or another.
get-pssession | disconnect-pssession

# The next morning.
get-pssession | connect-pssession
