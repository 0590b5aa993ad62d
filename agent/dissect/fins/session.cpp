#include "agent/dissect/fins/session.hpp"

#include <algorithm>
#include <type_traits>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::fins {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 152, "100,000 flows must stay small");

std::uint64_t Subject::number() const {
  switch (kind) {
    case Kind::memory:
      return place().number();
    case Kind::parameters:
    case Kind::program:
      return std::uint64_t{address} << 32 | word;
    case Kind::none:
    case Kind::file:
      break;
  }
  return 0;
}

void write_subject(Subject const& subject, Name& out) {
  switch (subject.kind) {
    case Subject::Kind::none:
      return;
    case Subject::Kind::memory:
      return write_place(subject.place(), out);
    case Subject::Kind::parameters:
      out.put("parameter area ");
      out.put_number(subject.address, 16);
      break;
    case Subject::Kind::program:
      out.put("program ");
      out.put_number(subject.address);
      break;
    case Subject::Kind::file:
      return out.put(text::up_to_nul({subject.file.data(), subject.file.size()}));
  }
  out.put(" word ");
  out.put_number(subject.word);
}

void Session::ask(std::uint8_t service_id, std::uint16_t command, Direction way, Subject const& subject) {
  if (count_ == most_pending) {
    std::copy(pending_.begin() + 1, pending_.end(), pending_.begin());
    --count_;
  }
  auto const end = static_cast<std::size_t>(way);
  pending_[count_++] = {.command = command,
                        .service_id = service_id,
                        .from_client = way == Direction::to_server,
                        .counted = asked_[end] && last_service_id_[end] != service_id,
                        .subject = subject};
  asked_[end] = true;
  last_service_id_[end] = service_id;
}

std::optional<Pending> Session::answer(std::uint8_t service_id, std::uint16_t command, Direction way) {
  std::optional<Pending> answered;
  std::uint8_t kept = 0;
  for (std::size_t at = 0; at < count_; ++at) {
    auto const one = pending_[at];
    bool const belongs =
        one.service_id == service_id && one.command == command && one.from_client == (way == Direction::to_client);
    if (belongs)
      answered = one;
    else
      pending_[kept++] = one;
  }
  count_ = kept;
  return answered;
}

}  // namespace greywatch::agent::fins
