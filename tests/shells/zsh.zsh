# An interactive zsh in which the command writes down what it is given.
PS1='> '
stty columns 120 rows 40
autoload -Uz compinit && compinit -D
source <(connect-pssession --completions zsh)
connect-pssession() { printf '<%s>' "$@" >>"$SEEN"; echo >>"$SEEN"; }
connect-pssession ready
