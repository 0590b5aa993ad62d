#pragma once
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::s7comm {

constexpr std::uint8_t protocol_id = 0x32;

/// Remote operating service control: what kind of PDU this is.
enum class Rosctr : std::uint8_t { job = 1, acknowledge = 2, acknowledge_data = 3, user_data = 7 };

struct Header {
  std::uint8_t protocol = 0;
  std::uint8_t rosctr = 0;
  std::uint16_t redundancy = 0;  ///< reserved
  std::uint16_t reference = 0;   ///< pairs an acknowledgement with its job
  std::uint16_t parameter_length = 0, data_length = 0;
  std::uint8_t error_class = 0, error_code = 0;  ///< of acknowledgements

  Rosctr kind() const { return static_cast<Rosctr>(rosctr); }
  bool acknowledges() const { return kind() == Rosctr::acknowledge || kind() == Rosctr::acknowledge_data; }
  std::size_t octets() const { return acknowledges() ? 12 : 10; }
  std::size_t whole() const { return octets() + parameter_length + data_length; }
};
Header read_header(Reader& in);

/// Parameters of user data: a fixed head, then what is asked of which function group.
struct UserData {
  std::uint32_t head = 0;   ///< 000112 hexadecimal
  std::uint8_t length = 0;  ///< octets that follow: 4, or 8 with the last three members
  std::uint8_t method = 0;  ///< 0x11 a request, 0x12 a response
  std::uint8_t type = 0;    ///< 0 push, 4 request, 8 response
  std::uint8_t group = 0;
  std::uint8_t subfunction = 0;
  std::uint8_t sequence = 0;
  bool long_form = false;
  std::uint8_t data_unit = 0;  ///< one number for all messages of one answer
  bool more_follows = false;   ///< this is not the last one of them
  std::uint16_t error = 0;
};

/// The head of the data of user data, and of a data item: return code, transport size, length.
struct DataHead {
  std::uint8_t return_code = 0;
  std::uint8_t transport_size = 0;
  std::uint16_t length = 0;  ///< in octets; transport sizes 3, 4 and 5 count in bits
};
constexpr std::size_t data_head_octets = 4;
DataHead read_data_head(Reader& in);

/// A PDU as its lengths cut it. Offsets count from its first octet. What `malformed` says is the first rule broken;
/// what was read before stands.
struct Pdu {
  Header header;
  Bytes parameter, data;
  std::optional<std::uint8_t> function;  ///< of jobs and their acknowledgements with parameters
  std::optional<UserData> user_data;
  std::optional<Malformed> malformed;

  std::size_t data_at() const { return header.octets() + header.parameter_length; }
};

/// Reads header and parameters, and checks that the lists of variables and of data are whole.
Pdu read_pdu(Bytes octets);

/// Whether the octets begin a PDU: as far as they go, and `length` is what the transport says of it.
bool looks_like_pdu(Bytes octets, std::size_t length);

}  // namespace greywatch::agent::s7comm
