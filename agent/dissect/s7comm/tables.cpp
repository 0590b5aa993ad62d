#include "agent/dissect/s7comm/tables.hpp"

#include <algorithm>
#include <iterator>

namespace greywatch::agent::s7comm {
namespace {

struct FunctionRow {
  std::uint8_t function;
  Operation operation;
};
constexpr FunctionRow functions[] = {
    {0x00, Operation::diagnose},  // CPU services
    {0x04, Operation::read},      // read variable
    {0x05, Operation::write},     // write variable
    {0x1A, Operation::program},   // request download
    {0x1B, Operation::file},      // download block: the CPU fetches what it granted
    {0x1C, Operation::file},      // download ended, told by the CPU
    {0x1D, Operation::file},      // start upload
    {0x1E, Operation::file},      // upload
    {0x1F, Operation::file},      // end upload
    {0x28, Operation::control},   // program invocation
    {0x29, Operation::control},   // stop
    {0xF0, Operation::session},   // setup communication
};

/// Subfunctions of user data; `any` stands for all of its group.
constexpr int any = -1;
struct UserdataRow {
  std::uint8_t group;
  int subfunction;
  Operation operation;
};
constexpr UserdataRow userdata[] = {
    {0, any,
     Operation::report},  // the CPU's mode: 0 STOP, 1 warm restart, 2 RUN, 3 hot restart, 4 HOLD, 6 cold restart …
    {1, 0x01, Operation::diagnose},   // block status
    {1, 0x02, Operation::read},       // variable status
    {1, 0x03, Operation::diagnose},   // interrupt stack
    {1, 0x04, Operation::diagnose},   // block stack
    {1, 0x05, Operation::diagnose},   // local data stack
    {1, 0x06, Operation::diagnose},   // time measurement
    {1, 0x07, Operation::diagnose},   // force selection
    {1, 0x08, Operation::write},      // modify variable
    {1, 0x09, Operation::write},      // force
    {1, 0x0A, Operation::control},    // breakpoint
    {1, 0x0B, Operation::control},    // exit HOLD
    {1, 0x0C, Operation::control},    // memory reset
    {1, 0x0D, Operation::configure},  // disable job
    {1, 0x0E, Operation::configure},  // enable job
    {1, 0x0F, Operation::configure},  // delete job
    {1, 0x10, Operation::diagnose},   // read job list
    {1, 0x11, Operation::diagnose},   // read job
    {1, 0x12, Operation::configure},  // replace job
    {1, 0x13, Operation::diagnose},   // block status, second version
    {1, 0x16, Operation::diagnose},   // flash LED
    {2, 0x01, Operation::read},       // cyclic transfer
    {2, 0x04, Operation::session},    // unsubscribe
    {2, 0x05, Operation::read},       // change-driven transfer
    {2, 0x07, Operation::read},       // change-driven transfer, changed
    {2, 0x08, Operation::read},       // read record
    {3, 0x01, Operation::diagnose},   // list blocks
    {3, 0x02, Operation::diagnose},   // list blocks of a type
    {3, 0x03, Operation::diagnose},   // block information
    {4, 0x01, Operation::diagnose},   // read system status list (SZL)
    {4, 0x02, Operation::session},    // message service: what the CPU shall report
    {4, 0x03, Operation::report},     // diagnostic message
    {4, 0x05, Operation::report},     // ALARM_8
    {4, 0x06, Operation::report},     // NOTIFY
    {4, 0x07, Operation::configure},  // lock alarms
    {4, 0x08, Operation::configure},  // unlock alarms
    {4, 0x09, Operation::report},     // SCAN
    {4, 0x0B, Operation::other},      // acknowledge an alarm
    {4, 0x0C, Operation::report},     // an alarm was acknowledged
    {4, 0x0D, Operation::report},     // alarms were locked
    {4, 0x0E, Operation::report},     // alarms were unlocked
    {4, 0x11, Operation::report},     // ALARM_SQ
    {4, 0x12, Operation::report},     // ALARM_S
    {4, 0x13, Operation::read},       // query alarms
    {4, 0x16, Operation::report},     // NOTIFY_8
    {5, 0x01, Operation::session},    // password
    {5, 0x02, Operation::session},    // withdraw the password
    {6, any, Operation::write},       // BSEND: data of one CPU's program to another's
    {7, 0x01, Operation::read},       // read clock
    {7, 0x02, Operation::time},       // set clock
    {7, 0x03, Operation::read},       // read clock, following
    {7, 0x04, Operation::time},       // set clock, following
    {15, 0x01, Operation::program},   // numerical control: request download
    {15, 0x02, Operation::program},   // download block
    {15, 0x03, Operation::program},   // continue download
    {15, 0x04, Operation::program},   // download ended
    {15, 0x06, Operation::file},      // start upload
    {15, 0x07, Operation::file},      // upload
    {15, 0x08, Operation::file},      // continue upload
};

/// Sorted by nothing: a program invocation is rare. The row's place is its number.
constexpr Service services[] = {
    {"P_PROGRAM", Operation::control},  // warm restart; with "C " a cold one; behind function 0x29 stop
    {"_INSE", Operation::program},      // activate a block
    {"_INS2", Operation::program},      // the same, second version
    {"_DELE", Operation::program},      // delete a block
    {"_MODU", Operation::program},      // copy RAM to ROM
    {"_GARB", Operation::program},      // compress memory
    {"_N_LOGIN_", Operation::session, true},
    {"_N_LOGOUT", Operation::session},
    {"_N_CANCEL", Operation::control},    // acknowledge alarms of the NC
    {"_N_DASAVE", Operation::program},    // save data
    {"_N_DIGIOF", Operation::configure},  // digitizing off
    {"_N_DIGION", Operation::configure},
    {"_N_DZERO_", Operation::configure},  // all tool numbers invalid
    {"_N_ENDEXT", Operation::control},
    {"_N_F_OPER", Operation::file},     // open a file to read
    {"_N_OST_OF", Operation::control},  // overstore off
    {"_N_OST_ON", Operation::control},
    {"_N_SCALE_", Operation::configure},  // unit of measurement
    {"_N_SETUFR", Operation::configure},  // activate user frames
    {"_N_STRTLK", Operation::control},    // global start lock
    {"_N_STRTUL", Operation::control},
    {"_N_TMRASS", Operation::configure},  // reset the active tool's data
    {"_N_F_DELE", Operation::program},    // delete a file
    {"_N_EXTERN", Operation::control},    // select an external program
    {"_N_EXTMOD", Operation::control},
    {"_N_F_DELR", Operation::program},
    {"_N_F_XFER", Operation::file},
    {"_N_LOCKE_", Operation::control},  // lock the active file for editing
    {"_N_SELECT", Operation::control},  // select a program
    {"_N_SRTEXT", Operation::program},  // mark a file to be edited
    {"_N_F_CLOS", Operation::file},
    {"_N_F_OPEN", Operation::program},  // open a file to edit
    {"_N_F_SEEK", Operation::file},
    {"_N_ASUP__", Operation::control},  // assign an interrupt
    {"_N_CHEKDM", Operation::read},     // check tools
    {"_N_CHKDNO", Operation::read},
    {"_N_CONFIG", Operation::configure},  // reconfigure machine data
    {"_N_CRCEDN", Operation::configure},  // create a cutting edge
    {"_N_DELECE", Operation::configure},
    {"_N_CREACE", Operation::configure},
    {"_N_CREATO", Operation::configure},  // create a tool
    {"_N_DELETO", Operation::configure},
    {"_N_CRTOCE", Operation::configure},
    {"_N_DELVAR", Operation::configure},  // delete a variable
    {"_N_F_COPY", Operation::program},
    {"_N_F_DMDA", Operation::program},
    {"_N_F_PROT", Operation::program},  // protection of a file
    {"_N_F_RENA", Operation::program},
    {"_N_FINDBL", Operation::control},    // block search
    {"_N_IBN_SS", Operation::configure},  // commissioning switch
    {"_N_MMCSEM", Operation::session},    // semaphores
    {"_N_NCKMOD", Operation::control},    // mode of the NC
    {"_N_NEWPWD", Operation::configure, true},
    {"_N_SEL_BL", Operation::control},
    {"_N_SETTST", Operation::configure},
    {"_N_TMAWCO", Operation::configure},
    {"_N_TMCRTC", Operation::configure},
    {"_N_TMCRTO", Operation::configure},
    {"_N_TMFDPL", Operation::read},
    {"_N_TMFPBP", Operation::read},
    {"_N_TMGETT", Operation::read},
    {"_N_TMMVTL", Operation::control},  // move a tool
    {"_N_TMPCIT", Operation::configure},
    {"_N_TMPOSM", Operation::control},
    {"_N_TRESMO", Operation::configure},
    {"_N_TSEARC", Operation::read},
};

struct ErrorRow {
  std::uint16_t code;
  Status status;
};
/// The codes that mean more than "failed". Sorted.
constexpr ErrorRow errors[] = {
    {0x0000, Status::ok},
    {0x0110, Status::unknown_object},  // block number
    {0x01F0, Status::unsupported},     // not implemented
    {0x8001, Status::refused},         // not possible in this mode
    {0x8104, Status::unsupported},     // function not implemented
    {0x8301, Status::failed},          // not enough memory
    {0x8302, Status::failed},
    {0x8500, Status::failed},          // PDU size
    {0x8702, Status::unknown_object},  // address
    {0xD201, Status::unknown_object},  // block name
    {0xD204, Status::unsupported},     // block type
    {0xD205, Status::refused},         // exists already
    {0xD208, Status::unknown_object},  // block number
    {0xD209, Status::unknown_object},  // block not found
    {0xD20C, Status::unknown_object},
    {0xD20E, Status::refused},         // no access right
    {0xD240, Status::refused},         // coordination rules
    {0xD241, Status::refused},         // protection level
    {0xD242, Status::refused},         // protection violation while processing F blocks
    {0xD401, Status::unknown_object},  // SZL-ID
    {0xD402, Status::unsupported},     // function
    {0xD404, Status::unknown_object},  // SZL index
    {0xD601, Status::refused},         // no password
    {0xD602, Status::refused},         // wrong password
    {0xD603, Status::refused},
    {0xD604, Status::refused},
    {0xD605, Status::refused},
    {0xD607, Status::refused},
};

struct ReturnRow {
  std::uint8_t code;
  Status status;
};
constexpr ReturnRow returns[] = {
    {0x00, Status::none},            // of requests
    {0x01, Status::failed},          // hardware fault
    {0x03, Status::refused},         // access not allowed
    {0x05, Status::unknown_object},  // address out of range
    {0x06, Status::unsupported},     // data type not supported
    {0x07, Status::failed},          // data type inconsistent
    {0x0A, Status::unknown_object},  // object does not exist
    {0xFF, Status::ok},
};

struct BlockRow {
  std::string_view digits, letters;
};
constexpr BlockRow blocks[] = {
    {"08", "OB"}, {"09", "CMOD"}, {"0A", "DB"}, {"0B", "SDB"}, {"0C", "FC"}, {"0D", "SFC"}, {"0E", "FB"}, {"0F", "SFB"},
};

struct PlusRow {
  std::uint16_t function;
  Operation operation;
};
constexpr PlusRow plus[] = {
    {0x04BB, Operation::read},       // Explore
    {0x04CA, Operation::session},    // CreateObject: a session, a subscription, a block
    {0x04D4, Operation::session},    // DeleteObject
    {0x04F2, Operation::write},      // SetVariable
    {0x04FC, Operation::read},       // GetVariable
    {0x0506, Operation::configure},  // AddLink
    {0x051A, Operation::configure},  // RemoveLink
    {0x0524, Operation::read},       // GetLink
    {0x0542, Operation::write},      // SetMultiVariables
    {0x054C, Operation::read},       // GetMultiVariables
    {0x0556, Operation::program},    // BeginSequence
    {0x0560, Operation::program},    // EndSequence
    {0x056B, Operation::control},    // Invoke
    {0x057C, Operation::write},      // SetVarSubStreamed
    {0x0586, Operation::read},       // GetVarSubStreamed
    {0x0590, Operation::read},       // GetVariablesAddress
    {0x059A, Operation::other},      // Abort
    {0x05A9, Operation::other},      // Error
    {0x05B3, Operation::session},    // InitSsl
};

template <class Rows, class Key, class Column>
auto const* find(Rows const& rows, Key key, Column column) {
  auto const found = std::ranges::find(rows, key, column);
  return found == std::end(rows) ? nullptr : &*found;
}

}  // namespace

std::optional<Operation> function_operation(std::uint8_t function) {
  auto const* const row = find(functions, function, &FunctionRow::function);
  return row ? std::optional(row->operation) : std::nullopt;
}

std::optional<Operation> userdata_operation(std::uint8_t group, std::uint8_t subfunction) {
  for (auto const& row : userdata) {
    if (row.group == group && (row.subfunction == any || row.subfunction == subfunction)) return row.operation;
  }
  return std::nullopt;
}

Service const* find_service(std::string_view name) { return find(services, name, &Service::name); }

std::uint16_t number_of(Service const* service) {
  return service == nullptr ? 0 : static_cast<std::uint16_t>(service - services + 1);
}

Service const* service_of(std::uint16_t number) {
  return number == 0 || number > std::size(services) ? nullptr : &services[number - 1];
}

Status error_status(std::uint16_t code) {
  auto const* const row = find(errors, code, &ErrorRow::code);
  if (row) return row->status;
  // Class 0x87 is access, 0x81 and 0x82 what the partner does not know.
  switch (code >> 8) {
    case 0x81:
      return Status::unsupported;
    case 0x82:
      return Status::unknown_object;
    case 0x87:
      return Status::refused;
    default:
      return Status::failed;
  }
}

Status return_status(std::uint8_t code) {
  auto const* const row = find(returns, code, &ReturnRow::code);
  return row ? row->status : Status::failed;
}

bool known_return(std::uint8_t code) { return find(returns, code, &ReturnRow::code) != nullptr; }

std::string_view block_letters(std::string_view digits) {
  auto const* const row = find(blocks, digits, &BlockRow::digits);
  return row ? row->letters : std::string_view{};
}

std::optional<Operation> plus_operation(std::uint16_t function) {
  auto const* const row = find(plus, function, &PlusRow::function);
  return row ? std::optional(row->operation) : std::nullopt;
}

}  // namespace greywatch::agent::s7comm
