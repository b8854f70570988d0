# Completion of connect-pssession for fish. In ~/.config/fish/config.fish: connect-pssession --completions fish | source
function __connect_pssession
    set -l answer (command connect-pssession --complete fish (commandline -cp | string collect) 2>/dev/null)
    set -l token (commandline -ct)
    set -l option (string match -r -- '^--[a-z-]+=' $token)
    switch "$answer"
        case \tfiles
            __fish_complete_path (string replace -- "$option" '' $token) | string replace -r -- '^' "$option"
        case \tdirectories
            __fish_complete_directories (string replace -- "$option" '' $token) '' | string replace -r -- '^' "$option"
        case '*'
            test -n "$answer"; and printf '%s\n' $answer
    end
end
for name in @NAMES@
    complete --command $name --no-files --keep-order --arguments '(__connect_pssession)'
end
