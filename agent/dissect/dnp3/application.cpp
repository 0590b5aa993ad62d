#include "agent/dissect/dnp3/application.hpp"

#include <array>

namespace greywatch::agent::dnp3 {
namespace {

using enum Carries;
using Op = Operation;

constexpr Function functions[] = {
    {0, "CONFIRM", Op::session, headers, false, false},
    {1, "READ", Op::read, headers},
    {2, "WRITE", Op::write, objects},
    {3, "SELECT", Op::select, objects, true},
    {4, "OPERATE", Op::control, objects, true},
    {5, "DIRECT_OPERATE", Op::control, objects, true},
    {6, "DIRECT_OPERATE_NR", Op::control, objects, true, false},
    {7, "IMMED_FREEZE", Op::write, headers},
    {8, "IMMED_FREEZE_NR", Op::write, headers, false, false},
    {9, "FREEZE_CLEAR", Op::write, headers},
    {10, "FREEZE_CLEAR_NR", Op::write, headers, false, false},
    {11, "FREEZE_AT_TIME", Op::write, headers},
    {12, "FREEZE_AT_TIME_NR", Op::write, headers, false, false},
    {13, "COLD_RESTART", Op::control, headers, true},
    {14, "WARM_RESTART", Op::control, headers, true},
    {15, "INITIALIZE_DATA", Op::configure, headers, true},
    {16, "INITIALIZE_APPL", Op::control, objects, true},
    {17, "START_APPL", Op::control, objects, true},
    {18, "STOP_APPL", Op::control, objects, true},
    {19, "SAVE_CONFIG", Op::configure, headers},
    {20, "ENABLE_UNSOLICITED", Op::configure, headers},
    {21, "DISABLE_UNSOLICITED", Op::configure, headers},
    {22, "ASSIGN_CLASS", Op::configure, headers},
    {23, "DELAY_MEASURE", Op::read, headers},
    {24, "RECORD_CURRENT_TIME", Op::time, headers},
    {25, "OPEN_FILE", Op::file, objects},
    {26, "CLOSE_FILE", Op::file, objects},
    {27, "DELETE_FILE", Op::file, objects},
    {28, "GET_FILE_INFO", Op::file, objects},
    {29, "AUTHENTICATE_FILE", Op::file, objects},
    {30, "ABORT_FILE", Op::file, objects},
    {31, "ACTIVATE_CONFIG", Op::configure, objects, true},
    {32, "AUTHENTICATE_REQ", Op::session, objects},
    {33, "AUTH_REQ_NO_ACK", Op::session, objects, false, false},
    {129, "RESPONSE", Op::other, objects},
    {130, "UNSOLICITED_RESPONSE", Op::report, objects},
    {131, "AUTHENTICATE_RESP", Op::session, objects},
};

constexpr auto positions = [] {
  std::array<std::uint8_t, 256> at{};
  for (std::size_t n = 0; n < std::size(functions); ++n) at[functions[n].code] = static_cast<std::uint8_t>(n + 1);
  return at;
}();

constexpr Indication table[] = {
    {0x0100, "dnp3.iin.broadcast"},
    {0x0200, "dnp3.iin.class_1_events"},
    {0x0400, "dnp3.iin.class_2_events"},
    {0x0800, "dnp3.iin.class_3_events"},
    {0x1000, "dnp3.iin.need_time"},
    {0x2000, "dnp3.iin.local_control"},
    {iin::device_trouble, "dnp3.iin.device_trouble"},
    {iin::device_restart, "dnp3.iin.device_restart"},
    {iin::no_func_code_support, "dnp3.iin.no_func_code_support"},
    {iin::object_unknown, "dnp3.iin.object_unknown"},
    {iin::parameter_error, "dnp3.iin.parameter_error"},
    {iin::event_buffer_overflow, "dnp3.iin.event_buffer_overflow"},
    {iin::already_executing, "dnp3.iin.already_executing"},
    {iin::config_corrupt, "dnp3.iin.config_corrupt"},
};

}  // namespace

Function const* find_function(std::uint8_t code) {
  return positions[code] == 0 ? nullptr : &functions[positions[code] - 1];
}

std::span<Indication const> indications() { return table; }

Result<Fragment> read_fragment(Bytes octets) {
  Reader in(octets);
  Fragment fragment{.control = in.u8(), .code = in.u8()};
  if (!in) return fail(in.error("application"));
  fragment.function = find_function(fragment.code);
  if (fragment.is_response()) fragment.iin = in.be16();
  if (!in) return fail(in.error("iin"));
  fragment.objects_at = in.at();
  fragment.objects = in.rest();
  return fragment;
}

std::optional<Status> control_status(std::uint8_t code) {
  switch (code) {
    case 0:  // SUCCESS
      return Status::ok;
    case 2:   // NO_SELECT
    case 5:   // ALREADY_ACTIVE
    case 7:   // LOCAL
    case 9:   // NOT_AUTHORIZED
    case 10:  // AUTOMATION_INHIBIT
    case 13:  // DOWNSTREAM_LOCAL
    case 14:  // ALREADY_COMPLETE
    case 15:  // BLOCKED
    case 16:  // CANCELED
    case 17:  // BLOCKED_OTHER_MASTER
      return Status::refused;
    case 4:  // NOT_SUPPORTED: no such point, or not in this way
      return Status::unsupported;
    case 1:    // TIMEOUT
    case 3:    // FORMAT_ERROR
    case 6:    // HARDWARE_ERROR
    case 8:    // TOO_MANY_OBJS
    case 11:   // PROCESSING_LIMITED
    case 12:   // OUT_OF_RANGE
    case 18:   // DOWNSTREAM_FAIL
    case 126:  // NON_PARTICIPATING
    case 127:  // UNDEFINED
      return Status::failed;
    default:
      return std::nullopt;
  }
}

Status file_status(std::uint8_t code) {
  switch (code) {
    case 0:  // SUCCESS
      return Status::ok;
    case 1:  // PERMISSION_DENIED
    case 2:  // INVALID_MODE
    case 4:  // FILE_LOCKED
      return Status::refused;
    case 3:  // FILE_NOT_FOUND
      return Status::unknown_object;
    default:
      return Status::failed;
  }
}

}  // namespace greywatch::agent::dnp3
