# Completion of connect-pssession for bash. In ~/.bashrc: source <(connect-pssession --completions bash)
_connect_pssession() {
  local answer word
  answer=$(command connect-pssession --complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  COMPREPLY=()
  case $answer in
    '') ;;
    $'\tfiles') compopt -o default +o nospace 2>/dev/null ;;
    $'\tdirectories') compopt -o dirnames +o nospace 2>/dev/null ;;
    *) while IFS= read -r word; do COMPREPLY+=("$word"); done <<<"$answer" ;;
  esac
}
complete -o nospace -F _connect_pssession @NAMES@
