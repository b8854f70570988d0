//! INIT_RUNSPACEPOOL, CONNECT_RUNSPACEPOOL and RUNSPACEPOOL_INIT_DATA: how many runspaces, and of which kind
//! (MS-PSRP 2.2.2.2, 2.2.2.29 and 2.2.2.30).

use super::decode::{DecodeError, property};
use super::host_info::HostInfo;
use crate::psrp::clixml::{self, Object, Value};

/// MinRunspaces and MaxRunspaces of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunspaceCounts {
    pub min: i32,
    pub max: i32,
}

impl RunspaceCounts {
    /// One runspace, as a PSSession has it.
    pub(crate) const ONE: RunspaceCounts = RunspaceCounts { min: 1, max: 1 };

    fn properties(self) -> [(&'static str, Value); 2] {
        [("MinRunspaces", Value::I32(self.min)), ("MaxRunspaces", Value::I32(self.max))]
    }

    fn of(bag: &Value) -> Result<RunspaceCounts, DecodeError> {
        let min = property(bag, "MinRunspaces", Value::as_i32)?;
        let max = property(bag, "MaxRunspaces", Value::as_i32)?;
        Ok(RunspaceCounts { min, max })
    }
}

/// INIT_RUNSPACEPOOL: opens a new pool. Its host is always the null host: nobody is there to be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InitRunspacePool {
    pub runspaces: RunspaceCounts,
    pub thread_options: PSThreadOptions,
    /// Shown to scripts as `$PSSenderInfo.ApplicationArguments`; `None` sends null.
    pub application_arguments: Option<Vec<(Value, Value)>>,
}

impl Default for InitRunspacePool {
    /// What New-PSSession asks for.
    fn default() -> InitRunspacePool {
        InitRunspacePool {
            runspaces: RunspaceCounts::ONE,
            thread_options: PSThreadOptions::Default,
            application_arguments: None,
        }
    }
}

/// System.Management.Automation.Runspaces.PSThreadOptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PSThreadOptions {
    Default = 0,
    UseNewThread = 1,
    ReuseThread = 2,
    UseCurrentThread = 3,
}

/// System.Threading.ApartmentState, which a client leaves to the server.
pub(crate) fn apartment_state() -> Value {
    Object::enumeration("System.Threading.ApartmentState", "Unknown", 2).into()
}

impl InitRunspacePool {
    pub(crate) fn encode(&self) -> String {
        const PS_THREAD_OPTIONS: &str = "System.Management.Automation.Runspaces.PSThreadOptions";
        let threads = self.thread_options;
        let thread_options = Object::enumeration(PS_THREAD_OPTIONS, &format!("{threads:?}"), threads as i32);
        let arguments = self.application_arguments.clone().map(Object::primitive_dictionary);
        let [min_runspaces, max_runspaces] = self.runspaces.properties();
        let bag = Object::bag([
            min_runspaces,
            max_runspaces,
            ("PSThreadOptions", thread_options.into()),
            ("ApartmentState", apartment_state()),
            ("HostInfo", HostInfo::Null.to_value()),
            ("ApplicationArguments", arguments.map_or(Value::Nil, Value::from)),
        ]);
        clixml::write(&bag.into())
    }
}

/// CONNECT_RUNSPACEPOOL: takes over a pool that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectRunspacePool {
    /// The client does not know the counts of the pool: an empty string, as Windows clients send it.
    Unknown,
    /// The client expects these counts; the server refuses if both differ from its own.
    Expect(RunspaceCounts),
}

impl ConnectRunspacePool {
    pub(crate) fn encode(&self) -> String {
        let value = match self {
            ConnectRunspacePool::Unknown => Value::from(""),
            ConnectRunspacePool::Expect(runspaces) => Object::bag(runspaces.properties()).into(),
        };
        clixml::write(&value)
    }

    pub(crate) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<ConnectRunspacePool, DecodeError> {
        let value = clixml::read(data, limits)?;
        match value.as_str() {
            Some(_) => Ok(ConnectRunspacePool::Unknown),
            None => Ok(ConnectRunspacePool::Expect(RunspaceCounts::of(&value)?)),
        }
    }
}

/// RUNSPACEPOOL_INIT_DATA: what a server answers to CONNECT_RUNSPACEPOOL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunspacePoolInitData {
    pub runspaces: RunspaceCounts,
}

impl RunspacePoolInitData {
    /// Windows fills in the two counts the wrong way round, so the smaller one is the minimum here, whatever
    /// its name.
    pub(crate) fn decode(data: &[u8], limits: &clixml::Limits) -> Result<RunspacePoolInitData, DecodeError> {
        let RunspaceCounts { min: one, max: other } = RunspaceCounts::of(&clixml::read(data, limits)?)?;
        Ok(RunspacePoolInitData { runspaces: RunspaceCounts { min: one.min(other), max: one.max(other) } })
    }
}
