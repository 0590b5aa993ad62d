#pragma once
#include "agent/dissect/rpc/interfaces.hpp"

/// The notable operations of well-known interfaces of component objects, and of PROFINET, and what they ask for.
namespace greywatch::agent::rpc::methods {

// One row an operation.
// clang-format off
/// MS-DCOM, 3.1.2.5.2.3.
inline constexpr Method remote_activation[] = {
    {0, "RemoteActivation", Operation::session},
};
/// MS-DCOM, 3.1.2.5.1.
inline constexpr Method object_exporter[] = {
    {0, "ResolveOxid", Operation::session},
    {1, "SimplePing", Operation::session},
    {2, "ComplexPing", Operation::session},
    {3, "ServerAlive", Operation::diagnose},
    {4, "ResolveOxid2", Operation::session},
    {5, "ServerAlive2", Operation::diagnose},
};
/// MS-DCOM, 3.1.2.5.2.
inline constexpr Method system_activator[] = {
    {3, "RemoteGetClassObject", Operation::session},
    {4, "RemoteCreateInstance", Operation::session},
};
/// MS-DCOM, 3.1.1.5.6.
inline constexpr Method rem_unknown[] = {
    {3, "RemQueryInterface", Operation::session},
    {4, "RemAddRef", Operation::session},
    {5, "RemRelease", Operation::session},
    {6, "RemQueryInterface2", Operation::session},
};
/// MS-OAUT, 3.1.4.
inline constexpr Method dispatch[] = {
    {3, "GetTypeInfoCount", Operation::read},
    {4, "GetTypeInfo", Operation::read},
    {5, "GetIDsOfNames", Operation::read},
    {6, "Invoke", Operation::control, Deed::method_executed},
};
/// MS-WMI, 3.1.4.1.
inline constexpr Method wbem_login[] = {
    {3, "EstablishPosition", Operation::session},
    {4, "RequestChallenge", Operation::session},
    {5, "WBEMLogin", Operation::session},
    {6, "NTLMLogin", Operation::session},
};
/// MS-WMI, 3.1.4.3.
inline constexpr Method wbem_services[] = {
    {3, "OpenNamespace", Operation::session},
    {4, "CancelAsyncCall", Operation::session},
    {5, "QueryObjectSink", Operation::session},
    {6, "GetObject", Operation::read},
    {7, "GetObjectAsync", Operation::read},
    {8, "PutClass", Operation::configure},
    {9, "PutClassAsync", Operation::configure},
    {10, "DeleteClass", Operation::configure},
    {11, "DeleteClassAsync", Operation::configure},
    {12, "CreateClassEnum", Operation::read},
    {13, "CreateClassEnumAsync", Operation::read},
    {14, "PutInstance", Operation::configure},
    {15, "PutInstanceAsync", Operation::configure},
    {16, "DeleteInstance", Operation::configure},
    {17, "DeleteInstanceAsync", Operation::configure},
    {18, "CreateInstanceEnum", Operation::read},
    {19, "CreateInstanceEnumAsync", Operation::read},
    {20, "ExecQuery", Operation::read},
    {21, "ExecQueryAsync", Operation::read},
    {22, "ExecNotificationQuery", Operation::read},
    {23, "ExecNotificationQueryAsync", Operation::read},
    {24, "ExecMethod", Operation::control, Deed::method_executed},
    {25, "ExecMethodAsync", Operation::control, Deed::method_executed},
};
/// IEC 61158-6-10.
inline constexpr Method profinet[] = {
    {0, "Connect", Operation::session},
    {1, "Release", Operation::session},
    {2, "Read", Operation::read},
    {3, "Write", Operation::write},
    {4, "Control", Operation::control},
    {5, "ReadImplicit", Operation::read},
};
/// OPC Common 1.10.
inline constexpr Method opc_server_list[] = {
    {3, "EnumClassesOfCategories", Operation::diagnose},
    {4, "GetClassDetails", Operation::diagnose},
    {5, "CLSIDFromProgID", Operation::diagnose},
};
/// OPC Data Access 2.05, 4.4.
inline constexpr Method opc_server[] = {
    {3, "AddGroup", Operation::session},
    {4, "GetErrorString", Operation::diagnose},
    {5, "GetGroupByName", Operation::session},
    {6, "GetStatus", Operation::diagnose},
    {7, "RemoveGroup", Operation::session},
    {8, "CreateGroupEnumerator", Operation::diagnose},
};
/// OPC Data Access 2.05, 4.4.
inline constexpr Method opc_browse[] = {
    {3, "QueryOrganization", Operation::diagnose},
    {4, "ChangeBrowsePosition", Operation::diagnose},
    {5, "BrowseOPCItemIDs", Operation::diagnose},
    {6, "GetItemID", Operation::diagnose},
    {7, "BrowseAccessPaths", Operation::diagnose},
};
/// OPC Data Access 2.05, 4.5.
inline constexpr Method opc_group[] = {
    {3, "GetState", Operation::read},
    {4, "SetState", Operation::configure},
    {5, "SetName", Operation::configure},
    {6, "CloneGroup", Operation::session},
};
/// OPC Data Access 2.05, 4.5.
inline constexpr Method opc_read_write[] = {
    {3, "Read", Operation::read},
    {4, "Write", Operation::write, Deed::opc_written},
};
/// OPC Data Access 2.05, 4.5.
inline constexpr Method opc_items[] = {
    {3, "AddItems", Operation::session},
    {4, "ValidateItems", Operation::diagnose},
    {5, "RemoveItems", Operation::session},
    {6, "SetActiveState", Operation::configure},
};
/// OPC Data Access 2.05, 4.6.
inline constexpr Method opc_callback[] = {
    {3, "OnDataChange", Operation::report},
    {4, "OnReadComplete", Operation::report},
    {5, "OnWriteComplete", Operation::report},
    {6, "OnCancelComplete", Operation::report},
};
// clang-format on

}  // namespace greywatch::agent::rpc::methods
