#pragma once
#include <array>
#include <optional>

#include "agent/dissect/osi/session.hpp"

namespace greywatch::agent::osi {

/// PPDUs. ITU-T X.226 (07/94), 8.2.
enum class Ppdu : std::uint8_t {
  none,
  connect,         ///< CP
  accept,          ///< CPA
  reject,          ///< CPR
  user_abort,      ///< ARU
  provider_abort,  ///< ARP
  data             ///< user data alone: TD, or what FN and DN carry
};

/// A proposed presentation context. Borrows the message.
struct Context {
  std::uint32_t id = 0;
  Bytes abstract_syntax;  ///< contents of its object identifier
};

/// One presentation data value of fully encoded data.
struct Pdv {
  std::uint32_t context = 0;
  Bytes value;  ///< the single ASN.1 type, or the contents of octet-aligned data
  std::size_t offset = 0;
};

/// What presentation says. X.226, 8.2 and 8.4. Borrows the message.
struct Presentation {
  Ppdu kind = Ppdu::none;
  Bytes calling_selector, called_selector, responding_selector;
  std::array<Context, 8> contexts{};  ///< CP: the first eight of the definition list
  std::uint8_t context_count = 0;
  std::array<std::uint8_t, 8> results{};  ///< CPA, CPR: 0 acceptance, 1 user, 2 provider rejection
  std::uint8_t result_count = 0;
  std::optional<std::uint32_t> provider_reason;  ///< CPR, ARP
  std::array<Pdv, 4> pdvs{};                     ///< the first four
  std::uint8_t pdv_count = 0;

  std::span<Context const> all_contexts() const { return std::span(contexts).first(context_count); }
  std::span<Pdv const> all_pdvs() const { return std::span(pdvs).first(pdv_count); }
};

/// Reads the user data of an SPDU; what PPDU it is follows from both.
Result<Presentation> read_presentation(SessionPdu const& session);

}  // namespace greywatch::agent::osi
