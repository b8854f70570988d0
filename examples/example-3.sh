#!/usr/bin/env bash
# The third example of Connect-PSSession's help page: work that is started at the office, continued from home, and
# picked up at the office again the next day.
#
#     examples/example-3.sh -ComputerName Server01 -ConfigurationName ITTasks -Credential 'CORP\alice'
#
# It needs the program's names in the PATH (connect-pssession --install-links DIR creates them). Two directories for
# what is known about sessions stand for the two computers: nothing passes from one to the other.
set -euo pipefail
office=$(mktemp -d)
home=$(mktemp -d)
trap 'rm -rf "$office" "$home"' EXIT

at() { printf '== %s\n' "$1"; export PSSESSION_STORE=$2; }

at "Friday, at the office" "$office"
new-pssession "$@" -Name ITTask
invoke-command -Name ITTask -ScriptBlock 'Start-Job -Name Backup { "Backup of 3 databases" } | Out-Null; "started"'
disconnect-pssession -Name ITTask -OutputBufferingMode Drop -IdleTimeoutSec '60*60*15'

at "Friday evening, at home" "$home"
get-pssession "$@" -Name ITTask
connect-pssession "$@" -Name ITTask
invoke-command -Name ITTask -ScriptBlock 'Wait-Job -Name Backup | ForEach-Object { "$($_.Name): $($_.State)" }'
invoke-command -Name ITTask -ScriptBlock '$specs = Receive-Job -Name Backup'
# The variable has stayed in the session.
invoke-command -Name ITTask -ScriptBlock '"Specifications: $specs"'
# What takes long goes on while nobody is connected.
invoke-command -Name ITTask -InDisconnectedSession -ScriptBlock '
  1..3 | ForEach-Object { "Database $_ is created"; Start-Sleep -Milliseconds 300 }'

at "Saturday, at the office" "$office"
receive-pssession -Name ITTask
invoke-command -Name ITTask -ScriptBlock '"Still here: $specs"'
remove-pssession -Name ITTask
