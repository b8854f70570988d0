#compdef @NAMES@
# Completion of connect-pssession for zsh. In ~/.zshrc, after compinit: source <(connect-pssession --completions zsh)
# Or as the file _connect-pssession in a directory of $fpath.
_connect_pssession() {
  local line answer entry
  local -a words_done shown_done words_open shown_open
  line="${(j: :)${(@)words[1,CURRENT-1]}} ${words[CURRENT]%${(b)SUFFIX}}"
  answer="$(command connect-pssession --complete zsh "$line" 2>/dev/null)"
  case $answer in
    ('') return 1 ;;
    ($'\tfiles') compset -P '*='; _files; return ;;
    ($'\tdirectories') compset -P '*='; _files -/; return ;;
  esac
  for entry in "${(@f)answer}"; do
    if [[ $entry == *=$'\t'* ]]; then
      words_open+=("${entry%%$'\t'*}") shown_open+=("${entry#*$'\t'}")
    else
      words_done+=("${entry%%$'\t'*}") shown_done+=("${entry#*$'\t'}")
    fi
  done
  # What is offered begins with what was typed in any letter case, so zsh is not to compare it again.
  compadd -U -V pssession -l -d shown_done -a words_done
  compadd -U -V pssession -l -S '' -d shown_open -a words_open
}
if [[ $funcstack[1] == _connect-pssession ]]; then
  _connect_pssession "$@"
else
  compdef _connect_pssession @NAMES@
fi
