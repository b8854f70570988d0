//! The cmdlets by name.

/// The cmdlets this program acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmdlet {
    /// Connect-PSSession
    ConnectPSSession,
    /// Get-PSSession
    GetPSSession,
    /// Disconnect-PSSession
    DisconnectPSSession,
    /// Remove-PSSession
    RemovePSSession,
    /// New-PSSession
    NewPSSession,
    /// Invoke-Command
    InvokeCommand,
    /// Receive-PSSession
    ReceivePSSession,
    /// Enter-PSSession
    EnterPSSession,
    /// New-PSSessionOption
    NewPSSessionOption,
}

impl Cmdlet {
    /// The name as PowerShell writes it, which is also the activity in an error's CategoryInfo.
    pub fn name(self) -> &'static str {
        match self {
            Cmdlet::ConnectPSSession => "Connect-PSSession",
            Cmdlet::GetPSSession => "Get-PSSession",
            Cmdlet::DisconnectPSSession => "Disconnect-PSSession",
            Cmdlet::RemovePSSession => "Remove-PSSession",
            Cmdlet::NewPSSession => "New-PSSession",
            Cmdlet::InvokeCommand => "Invoke-Command",
            Cmdlet::ReceivePSSession => "Receive-PSSession",
            Cmdlet::EnterPSSession => "Enter-PSSession",
            Cmdlet::NewPSSessionOption => "New-PSSessionOption",
        }
    }

    /// PowerShell's implementing class, the last part of a FullyQualifiedErrorId.
    pub fn class(self) -> String {
        format!("Microsoft.PowerShell.Commands.{}Command", self.name().replace('-', ""))
    }
}
