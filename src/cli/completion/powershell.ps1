# Completion of connect-pssession for PowerShell. In $PROFILE:
# connect-pssession --completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName @NAMES@ -ScriptBlock {
    param($word, $command, $cursor)
    $length = $cursor - $command.Extent.StartOffset
    $line = $command.Extent.Text.PadRight($length).Substring(0, $length)
    if ($PSVersionTable.PSVersion -lt [version]'7.3') {
        # Earlier versions pass an argument on as it is, quotes and all.
        $line = $line -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1'
    }
    $program = Get-Command connect-pssession -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $program) { return }
    & $program --complete powershell $line 2>$null | Where-Object { $_ -notlike "`t*" } | ForEach-Object {
        $text, $shown, $tip = $_ -split "`t"
        $type = if ($shown -like '-*') { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($text, $shown, $type, $tip)
    }
}
