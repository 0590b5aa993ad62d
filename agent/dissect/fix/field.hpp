#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch::agent::fix {

inline constexpr std::uint8_t soh = 1;

/// Tags that the dissector itself looks at. FIX 5.0 SP2, volume 6.
namespace tag {
inline constexpr std::uint32_t begin_string = 8, body_length = 9, check_sum = 10, last_qty = 32, msg_seq_num = 34,
                               msg_type = 35, new_seq_no = 36, order_qty = 38, poss_dup_flag = 43, sender_comp_id = 49,
                               symbol = 55, target_comp_id = 56, raw_data = 96, gap_fill_flag = 123,
                               reset_seq_num_flag = 141, exec_type = 150, no_md_entries = 268, password = 554,
                               new_password = 925, encrypted_password = 1402, encrypted_new_password = 1404;
}  // namespace tag

/// One tag and its value, as on the wire. Borrows the message.
struct Field {
  std::uint32_t tag = 0;
  Bytes value;
  std::size_t offset = 0;  ///< of the tag, from the start of the message
};

/// Goes through the fields of a message in order. A value ends at SOH; that of a data field has as many octets as the
/// length field before it says, and may hold SOH. What is no "tag=value" ends the walk and leaves the error.
class FieldReader {
 public:
  explicit FieldReader(Bytes message) : message_(message) {}
  std::optional<Field> next();
  std::optional<Malformed> const& error() const { return error_; }

 private:
  Bytes message_;
  std::size_t at_ = 0;
  std::uint32_t data_tag_ = 0;  ///< the field that the last one gave a length for
  std::size_t data_octets_ = 0;
  std::optional<Malformed> error_;
};

/// How the value of a field is given on.
enum class Kind : std::uint8_t { text, integer, number };
struct FieldRow {
  std::uint32_t tag;
  std::string_view name;  ///< "fix.msg_seq_num": FIX's own name in our spelling
  Kind kind;
};
/// The row of a tag, or null: user-defined ones (5000 and above) and those that nobody here needs.
FieldRow const* find_field(std::uint32_t tag);

/// Digits only, at most nine of them; nothing else.
std::optional<std::uint32_t> read_count(Bytes value);

/// Secrets are never given on: passwords, and the raw data of a logon, where some keep them.
bool is_secret(std::uint32_t tag);

}  // namespace greywatch::agent::fix
