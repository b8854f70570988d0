//! What a client of PowerShell's own kind sends to open a pool and to run a script, for the sessions that tests put on
//! a listener with a real PowerShell.

use super::clixml::encode;
use super::wire::{GuidBytes, MessageType, from_client};

/// An object of an enumeration of .NET.
fn enumeration(name: &str, ref_id: u32, kind: &str, text: &str, number: i32) -> String {
    format!(
        "<Obj N=\"{name}\" RefId=\"{ref_id}\"><TN RefId=\"{ref_id}\"><T>{kind}</T><T>System.Enum</T>\
         <T>System.ValueType</T><T>System.Object</T></TN><ToString>{text}</ToString><I32>{number}</I32></Obj>"
    )
}

/// A client without a host. `own`: it has none, rather than that of its pool.
fn no_host(ref_id: u32) -> String {
    format!(
        "<Obj N=\"HostInfo\" RefId=\"{ref_id}\"><MS><B N=\"_isHostNull\">true</B><B N=\"_isHostUINull\">true</B>\
         <B N=\"_isHostRawUINull\">true</B><B N=\"_useRunspaceHost\">true</B></MS></Obj>"
    )
}

fn apartment(ref_id: u32) -> String {
    enumeration("ApartmentState", ref_id, "System.Threading.ApartmentState", "Unknown", 2)
}

/// creationXml of a pool with one runspace: SESSION_CAPABILITY and INIT_RUNSPACEPOOL.
pub fn creation_xml(rpid: GuidBytes) -> Vec<u8> {
    let capability = "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version>\
         <Version N=\"PSVersion\">2.0</Version><Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>";
    let options = "System.Management.Automation.Runspaces.PSThreadOptions";
    let init = format!(
        "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">1</I32><I32 N=\"MaxRunspaces\">1</I32>{}{}{}\
         <Nil N=\"ApplicationArguments\" /></MS></Obj>",
        enumeration("PSThreadOptions", 1, options, "Default", 0),
        apartment(2),
        no_host(3)
    );
    let message = |id, kind, data| from_client(id, kind, rpid, [0; 16], data);
    let capability = message(1, MessageType::SessionCapability, capability);
    [capability, message(2, MessageType::InitRunspacePool, &init)].concat()
}

/// CREATE_PIPELINE of a script that takes no input.
pub fn create_pipeline(rpid: GuidBytes, pid: GuidBytes, script: &str) -> Vec<u8> {
    let results = "System.Management.Automation.Runspaces.PipelineResultTypes";
    let merges: String = ["MergeMyResult", "MergeToResult", "MergePreviousResults", "MergeError"]
        .iter()
        .chain(&["MergeWarning", "MergeVerbose", "MergeDebug", "MergeInformation"])
        .zip(10..)
        .map(|(name, ref_id)| enumeration(name, ref_id, results, "None", 0))
        .collect();
    let data = format!(
        "<Obj RefId=\"0\"><MS><B N=\"NoInput\">true</B>{}{}<B N=\"AddToHistory\">true</B>{}\
         <Obj N=\"PowerShell\" RefId=\"4\"><MS><B N=\"IsNested\">false</B><Nil N=\"ExtraCmds\" />\
         <Obj N=\"Cmds\" RefId=\"5\"><TN RefId=\"5\"><T>System.Collections.Generic.List`1[[System.Object]]</T>\
         <T>System.Object</T></TN><LST><Obj RefId=\"6\"><MS><S N=\"Cmd\">{}</S><B N=\"IsScript\">true</B>\
         <Nil N=\"UseLocalScope\" />{merges}<Obj N=\"Args\" RefId=\"7\"><TNRef RefId=\"5\" /><LST /></Obj></MS></Obj>\
         </LST></Obj><Nil N=\"History\" /><B N=\"RedirectShellErrorOutputPipe\">true</B></MS></Obj>\
         <B N=\"IsNested\">false</B></MS></Obj>",
        apartment(1),
        enumeration("RemoteStreamOptions", 2, "System.Management.Automation.RemoteStreamOptions", "0", 0),
        no_host(3),
        encode(script)
    );
    from_client(3, MessageType::CreatePipeline, rpid, pid, &data)
}
