#include "agent/dissect/s7comm/block.hpp"

#include <charconv>

#include "agent/dissect/s7comm/tables.hpp"

namespace greywatch::agent::s7comm {

std::optional<BlockName> read_block_name(Bytes file_name) {
  auto text = as_text(file_name);
  BlockName name;
  if (text.size() == 9) {
    name.identifier = text.substr(0, 1);
    text.remove_prefix(1);
  }
  if (text.size() != 8 || text[0] != '0') return std::nullopt;
  name.type = text.substr(0, 2);
  name.number = text.substr(2, 5);
  name.destination = text.substr(7, 1);
  return name;
}

Subject subject_of(BlockName const& name) {
  Subject subject{.kind = Subject::Kind::block, .area = static_cast<std::uint8_t>(name.type[1]), .count = 1};
  std::from_chars(name.number.data(), name.number.data() + name.number.size(), subject.address);
  return subject;
}

Transfer read_transfer(Reader& in, std::uint8_t function, bool job) {
  Transfer said;
  auto const kind = static_cast<Function>(function);
  if (in.left() == 0) return said;  // most acknowledgements
  said.has_status = true;
  said.status = in.u8();
  bool const ends = kind == Function::download_ended || kind == Function::end_upload;
  bool const uploads = kind >= Function::start_upload;
  if (!job && kind != Function::start_upload) return said;
  said.has_error = ends && job;
  said.error = in.be16();
  auto const id = in.be32();
  if (uploads) said.upload_id = id;
  if (!job) {
    said.block_length = in.take(in.u8());
    return said;
  }
  if (kind == Function::upload || kind == Function::end_upload) return said;
  said.file_name = in.take(in.u8());
  if (kind != Function::request_download || in.left() == 0) return said;
  Reader lengths(in.take(in.u8()));
  lengths.skip(1);
  said.load_memory_length = lengths.take(6);
  said.code_length = lengths.take(6);
  return said;
}

Invocation read_invocation(Reader& in, std::uint8_t function) {
  Invocation said;
  if (static_cast<Function>(function) == Function::stop) {
    in.skip(5);
  } else {
    in.skip(7);
    said.arguments = in.take(in.be16());
  }
  said.service = as_text(in.take(in.u8()));
  return said;
}

bool lists_blocks(Invocation const& invocation) {
  auto const& arguments = invocation.arguments;
  bool const fits = arguments.size() >= 10 && arguments.size() == arguments[0] * std::size_t{8} + 2;
  return fits && (invocation.service == "_INSE" || invocation.service == "_INS2" || invocation.service == "_DELE");
}

Subject subject_of(Invocation const& invocation) {
  auto const* const service = find_service(invocation.service);
  Subject subject{.kind = Subject::Kind::service, .db = number_of(service), .count = 1};
  if (lists_blocks(invocation)) {
    if (auto const name = read_block_name(invocation.arguments.subspan(2, 8))) {
      auto const block = subject_of(*name);
      subject.area = block.area;
      subject.address = block.address;
    }
  }
  return subject;
}

}  // namespace greywatch::agent::s7comm
