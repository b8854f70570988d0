# An interactive fish in which the command writes down what it is given.
connect-pssession --completions fish | source
function connect-pssession
    printf '<%s>' $argv >>$SEEN
    echo >>$SEEN
end
connect-pssession ready
