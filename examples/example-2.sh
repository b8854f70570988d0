#!/usr/bin/env bash
# The second example of Connect-PSSession's help page: what is open here is let go of, and taken up again.
#
# It needs the names get-pssession, disconnect-pssession and connect-pssession in the PATH
# (connect-pssession --install-links DIR makes them), and sessions that an earlier command has opened.
set -euo pipefail

get-pssession

# The work in the sessions goes on; whoever comes next, from this computer or another, can take it up.
get-pssession | disconnect-pssession

# The next morning.
get-pssession | connect-pssession
