#include "agent/dissect/rpc/interfaces.hpp"

#include "agent/dissect/rpc/methods.hpp"
#include "agent/dissect/rpc/object_methods.hpp"

namespace greywatch::agent::rpc {
namespace {

// clang-format off
constexpr Interface interfaces[] = {
    {uuid("e1af8308-5d1f-11c9-91a4-08002b14a0fa"), "epmapper", methods::epmapper},                      // C706, appendix O
    {uuid("afa8bd80-7d8a-11c9-bef4-08002b102989"), "mgmt", methods::mgmt},                              // C706, appendix Q
    {uuid("367abb81-9844-35f1-ad32-98f038001003"), "svcctl", methods::svcctl},                          // MS-SCMR
    {uuid("1ff70682-0a51-30e8-076d-740be8cee98b"), "atsvc", methods::atsvc},                            // MS-TSCH
    {uuid("378e52b0-c0a9-11cf-822d-00aa0051e40f"), "sasec", methods::sasec},
    {uuid("86d35949-83c9-4044-b424-db363231fd0c"), "ITaskSchedulerService", methods::task_scheduler},
    {uuid("12345778-1234-abcd-ef00-0123456789ac"), "samr", methods::samr},                              // MS-SAMR
    {uuid("12345778-1234-abcd-ef00-0123456789ab"), "lsarpc", methods::lsarpc},                          // MS-LSAD, MS-LSAT
    {uuid("12345678-1234-abcd-ef00-01234567cffb"), "netlogon", methods::netlogon},                      // MS-NRPC
    {uuid("e3514235-4b06-11d1-ab04-00c04fc2dcd2"), "drsuapi", methods::drsuapi},                        // MS-DRSR
    {uuid("338cd001-2244-31f1-aaaa-900038001003"), "winreg", methods::winreg},                          // MS-RRP
    {uuid("4b324fc8-1670-01d3-1278-5a47bf6ee188"), "srvsvc", methods::srvsvc},                          // MS-SRVS
    {uuid("6bffd098-a112-3610-9833-46c3f87e345a"), "wkssvc", methods::wkssvc},                          // MS-WKST
    {uuid("6bffd098-a112-3610-9833-012892020162"), "browser"},
    {uuid("82273fdc-e32a-18c3-3f78-827929dc23ea"), "eventlog", methods::eventlog},                      // MS-EVEN
    {uuid("f6beaff7-1e19-4fbb-9f8f-b89e2018337c"), "IEventService", methods::event_service},            // MS-EVEN6
    {uuid("12345678-1234-abcd-ef00-0123456789ab"), "spoolss", methods::spoolss},                        // MS-RPRN
    {uuid("76f03f96-cdfd-44fc-a22c-64950a001209"), "IRemoteWinspool", methods::remote_winspool},        // MS-PAR
    {uuid("c681d488-d850-11d0-8c52-00c04fd90f7e"), "efsrpc", methods::efsrpc},                          // MS-EFSR
    {uuid("df1941c5-fe89-4e79-bf10-463657acf44d"), "efsrpc", methods::efsrpc},
    {uuid("4fc742e0-4a10-11cf-8273-00aa004ae673"), "netdfs", methods::netdfs},                          // MS-DFSNM
    {uuid("a8e0653c-2744-4389-a61d-7373df8b2292"), "FileServerVssAgent", methods::vss_agent},           // MS-FSRVP
    {uuid("894de0c0-0d55-11d3-a322-00c04fa321a1"), "InitShutdown", methods::init_shutdown},             // MS-RSP
    {uuid("d95afe70-a6d5-4259-822e-2c84da1ddb0d"), "WindowsShutdown", methods::windows_shutdown},
    {uuid("50abc2a4-574d-40b3-9d66-ee4fd5fba076"), "dnsserver", methods::dnsserver},                    // MS-DNSP
    {uuid("3919286a-b10c-11d0-9ba8-00c04fd92ef5"), "dssetup", methods::dssetup},
    {uuid("3dde7c30-165d-11d1-ab8f-00805f14db40"), "BackupKey", methods::backup_key},                   // MS-BKRP
    {uuid("91ae6020-9e3c-11cf-8d7c-00aa00c091be"), "ICertPassage"},
    {uuid("8fb6d884-2388-11d0-8c35-00c04fda2795"), "W32Time"},
    {uuid("8d9f4e40-a03d-11ce-8f69-08003e30051b"), "pnp"},
    {uuid("5ca4a760-ebb1-11cf-8611-00a0245420ed"), "winstation_rpc"},
    {uuid("f5cc5a18-4264-101a-8c59-08002b2f8426"), "nspi"},
    // Component objects. MS-DCOM
    {uuid("4d9f4ab8-7d1c-11cf-861e-0020af6e7c57"), "IRemoteActivation", methods::remote_activation},
    {uuid("99fcfec4-5260-101b-bbcb-00aa0021347a"), "IObjectExporter", methods::object_exporter},
    {uuid("000001a0-0000-0000-c000-000000000046"), "ISystemActivator", methods::system_activator},
    {uuid("00000131-0000-0000-c000-000000000046"), "IRemUnknown", methods::rem_unknown},
    {uuid("00000143-0000-0000-c000-000000000046"), "IRemUnknown2", methods::rem_unknown},
    {uuid("00020400-0000-0000-c000-000000000046"), "IDispatch", methods::dispatch},
    // Windows Management Instrumentation. MS-WMI
    {uuid("f309ad18-d86a-11d0-a075-00c04fb68820"), "IWbemLevel1Login", methods::wbem_login},
    {uuid("d4781cd6-e5d3-44df-ad94-930efe48a887"), "IWbemLoginClientID"},
    {uuid("541679ab-2e5f-11d3-b34e-00104bcc4b4a"), "IWbemLoginHelper"},
    {uuid("9556dc99-828c-11cf-a37e-00aa003240c7"), "IWbemServices", methods::wbem_services},
    {uuid("1c1c45ee-4395-11d2-b60b-00104b703efd"), "IWbemFetchSmartEnum"},
    {uuid("423ec01e-2e35-11d2-b604-00104b703efd"), "IWbemWCOSmartEnum"},
    {uuid("027947e1-d731-11ce-a357-000000000001"), "IEnumWbemClassObject"},
    {uuid("7c857801-7381-11cf-884d-00aa004b2e24"), "IWbemObjectSink"},
    // PROFINET IO. IEC 61158-6-10
    {uuid("dea00001-6c97-11d1-8271-00a02442df7d"), "PNIO-Device", methods::profinet},
    {uuid("dea00002-6c97-11d1-8271-00a02442df7d"), "PNIO-Controller", methods::profinet},
    {uuid("dea00003-6c97-11d1-8271-00a02442df7d"), "PNIO-Supervisor", methods::profinet},
    {uuid("dea00004-6c97-11d1-8271-00a02442df7d"), "PNIO-ParameterServer", methods::profinet},
    // OPC Data Access 2.05
    {uuid("13486d50-4821-11d2-a494-3cb306c10000"), "IOPCServerList", methods::opc_server_list},
    {uuid("39c13a4d-011e-11d0-9675-0020afd8adb3"), "IOPCServer", methods::opc_server},
    {uuid("39c13a4f-011e-11d0-9675-0020afd8adb3"), "IOPCBrowseServerAddressSpace", methods::opc_browse},
    {uuid("39c13a50-011e-11d0-9675-0020afd8adb3"), "IOPCGroupStateMgt", methods::opc_group},
    {uuid("39c13a52-011e-11d0-9675-0020afd8adb3"), "IOPCSyncIO", methods::opc_read_write},
    {uuid("39c13a53-011e-11d0-9675-0020afd8adb3"), "IOPCAsyncIO", methods::opc_read_write},
    {uuid("39c13a54-011e-11d0-9675-0020afd8adb3"), "IOPCItemMgt", methods::opc_items},
    {uuid("39c13a70-011e-11d0-9675-0020afd8adb3"), "IOPCDataCallback", methods::opc_callback},
    {uuid("39c13a71-011e-11d0-9675-0020afd8adb3"), "IOPCAsyncIO2", methods::opc_read_write},
    {uuid("39c13a72-011e-11d0-9675-0020afd8adb3"), "IOPCItemProperties"},
};
// clang-format on
static_assert(std::size(interfaces) <= most_interfaces);

struct TransferSyntax {
  Uuid uuid;
  std::string_view name;
};
constexpr TransferSyntax transfer_syntaxes[] = {
    {uuid("8a885d04-1ceb-11c9-9fe8-08002b104860"), "NDR"},
    {uuid("71710533-beba-4937-8319-b5dbef9ccc36"), "NDR64"},
};

}  // namespace

Interface const* interface_of(std::uint8_t number) {
  return number >= 1 && number <= std::size(interfaces) ? &interfaces[number - 1U] : nullptr;
}

std::uint8_t find_interface(Uuid const& uuid) {
  for (std::size_t at = 0; at < std::size(interfaces); ++at)
    if (interfaces[at].uuid == uuid) return static_cast<std::uint8_t>(at + 1);
  return 0;
}

Method const* find_method(Interface const& interface, std::uint16_t opnum) {
  for (auto const& method : interface.methods)
    if (method.opnum == opnum) return &method;
  return nullptr;
}

std::string_view transfer_syntax_name(Uuid const& uuid) {
  for (auto const& each : transfer_syntaxes)
    if (each.uuid == uuid) return each.name;
  // Bind time features are written into what else would be a UUID. MS-RPCE, 3.3.1.5.3
  constexpr auto features = rpc::uuid("6cb71c2c-9812-4540-0000-000000000000");
  if (uuid.time_low == features.time_low && uuid.time_mid == features.time_mid && uuid.time_high == features.time_high)
    return "bind time features";
  return {};
}

}  // namespace greywatch::agent::rpc
