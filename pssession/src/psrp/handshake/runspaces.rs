//! INIT_RUNSPACEPOOL and RUNSPACEPOOL_INIT_DATA: how many runspaces, and of which kind (MS-PSRP 2.2.2.2 and
//! 2.2.2.30).

use super::decode::{DecodeError, property};
use crate::psrp::clixml::{self, Object, Value};
use crate::psrp::host::Host;

/// INIT_RUNSPACEPOOL: opens a new pool as New-PSSession does, with one runspace.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InitRunspacePool {
    /// Of the pipelines that have none of their own.
    pub host: Host,
    /// Shown to scripts as `$PSSenderInfo.ApplicationArguments`; `None` sends null.
    pub application_arguments: Option<Vec<(Value, Value)>>,
}

/// System.Threading.ApartmentState, which a client leaves to the server.
pub(crate) fn apartment_state() -> Value {
    Object::enumeration("System.Threading.ApartmentState", "Unknown", 2).into()
}

impl InitRunspacePool {
    pub(crate) fn encode(&self) -> String {
        const PS_THREAD_OPTIONS: &str = "System.Management.Automation.Runspaces.PSThreadOptions";
        let thread_options = Object::enumeration(PS_THREAD_OPTIONS, "Default", 0);
        let arguments = self.application_arguments.clone().map(Object::primitive_dictionary);
        let bag = Object::bag([
            ("MinRunspaces", Value::I32(1)),
            ("MaxRunspaces", Value::I32(1)),
            ("PSThreadOptions", thread_options.into()),
            ("ApartmentState", apartment_state()),
            ("HostInfo", self.host.to_value()),
            ("ApplicationArguments", arguments.map_or(Value::Nil, Value::from)),
        ]);
        clixml::write(&bag.into())
    }
}

/// RUNSPACEPOOL_INIT_DATA: what a server answers to CONNECT_RUNSPACEPOOL. It has the counts of the pool, for which a
/// client of one runspace has no use.
pub(crate) fn check_init_data(data: &[u8], limits: &clixml::Limits) -> Result<(), DecodeError> {
    let bag = clixml::read(data, limits)?;
    property(&bag, "MinRunspaces", Value::as_i32)?;
    property(&bag, "MaxRunspaces", Value::as_i32)?;
    Ok(())
}
