# An interactive bash in which the command writes down what it is given.
PS1='> '
source <(connect-pssession --completions bash)
connect-pssession() { printf '<%s>' "$@" >>"$SEEN"; echo >>"$SEEN"; }
connect-pssession ready
