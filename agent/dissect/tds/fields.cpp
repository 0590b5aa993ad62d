#include "agent/dissect/tds/message.hpp"

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::tds {
namespace {

constexpr int most_tokens = 64, most_pairs = 64;

void text_field(FieldSink& sink, std::string_view name, std::string_view text) {
  if (!text.empty()) sink.field(name, text);
}

void describe_prelogin(Prelogin const& said, FieldSink& sink) {
  for (std::size_t n = 0; n < said.count; ++n) {
    sink.field("tds.prelogin.token", std::uint64_t{said.options[n].token});
    sink.field("tds.prelogin.length", std::uint64_t{said.options[n].length});
  }
  if (!said.malformed) sink.field("tds.prelogin.token", std::uint64_t{0xff});  // TERMINATOR is one, too
  text_field(sink, "tds.prelogin.version", said.version.view());
  if (said.encryption) sink.field("tds.prelogin.encryption", std::uint64_t{*said.encryption});
  text_field(sink, "tds.prelogin.instance", said.instance);
  if (said.mars) sink.field("tds.prelogin.mars", std::uint64_t{*said.mars});
  if (said.federated) sink.field("tds.prelogin.federated_authentication", std::uint64_t{*said.federated});
}

void describe_login(Login const& said, FieldSink& sink) {
  sink.field("tds.login.length", std::uint64_t{said.length});
  sink.field("tds.login.version", std::uint64_t{said.version});
  sink.field("tds.login.packet_size", std::uint64_t{said.packet_size});
  sink.field("tds.login.process", std::uint64_t{said.process});
  sink.field("tds.login.option_flags1", std::uint64_t{said.option_flags1});
  sink.field("tds.login.option_flags2", std::uint64_t{said.option_flags2});
  sink.field("tds.login.type_flags", std::uint64_t{said.type_flags});
  text_field(sink, "tds.login.host", said.host.view());
  text_field(sink, "tds.login.user", said.user.view());
  sink.field("tds.login.password", said.has_password);
  sink.field("tds.login.integrated", said.integrated);
  text_field(sink, "tds.login.application", said.application.view());
  text_field(sink, "tds.login.server", said.server.view());
  text_field(sink, "tds.login.library", said.library.view());
  text_field(sink, "tds.login.language", said.language.view());
  text_field(sink, "tds.login.database", said.database.view());
}

void describe_statement(Statement const& said, FieldSink& sink) {
  text_field(sink, "tds.statement", said.text.view());
  text_field(sink, "tds.verb", said.verb.view());
  text_field(sink, "tds.object", said.object.view());
}

void describe_notice(std::string_view const (&names)[6], Bytes data, FieldSink& sink) {
  auto const notice = read_notice(data);
  if (!notice.whole) return;
  sink.field(names[0], std::uint64_t{notice.number});
  sink.field(names[1], std::uint64_t{notice.state});
  sink.field(names[2], std::uint64_t{notice.severity});
  sink.field(names[3], notice.message.view());
  sink.field(names[4], notice.server.view());
  sink.field(names[5], notice.procedure.view());
}

void describe_done(Done const& done, FieldSink& sink) {
  sink.field("tds.done.status", std::uint64_t{done.status});
  sink.field("tds.done.command", std::uint64_t{done.command});
  sink.field("tds.done.rows", done.rows);
}

void describe_change(Bytes data, FieldSink& sink) {
  Reader in(data);
  auto const type = in.u8();
  if (!in) return;
  sink.field("tds.environment.type", std::uint64_t{type});
  if (type > 4) return;  // database, language, character set, packet size are texts
  auto const value = text::from_utf16(in.take(std::size_t{in.u8()} * 2));
  if (in) sink.field("tds.environment.value", value.view());
}

void describe_tokens(Message const& message, FieldSink& sink) {
  static constexpr std::string_view error[] = {"tds.error.number",  "tds.error.state",  "tds.error.severity",
                                               "tds.error.message", "tds.error.server", "tds.error.procedure"};
  static constexpr std::string_view info[] = {"tds.info.number",  "tds.info.state",  "tds.info.severity",
                                              "tds.info.message", "tds.info.server", "tds.info.procedure"};
  Tokens tokens(message.tokens, message.wide);
  for (int n = 0; n < most_tokens; ++n) {
    auto const element = tokens.next();
    if (!element) break;
    switch (element->kind()) {
      case Token::error:
        describe_notice(error, element->data, sink);
        break;
      case Token::info:
        describe_notice(info, element->data, sink);
        break;
      case Token::environment_change:
        describe_change(element->data, sink);
        break;
      case Token::login_ack: {
        auto const ack = read_login_ack(element->data);
        if (!ack.whole) break;
        sink.field("tds.login_ack.version", std::uint64_t{ack.version});
        sink.field("tds.login_ack.program", ack.program.view());
        sink.field("tds.login_ack.program_version", ack.program_version.view());
        break;
      }
      case Token::return_status:
        sink.field("tds.return_status", std::uint64_t{Reader(element->data).le32()});
        break;
      case Token::done:
      case Token::done_procedure:
      case Token::done_in_procedure:
        describe_done(read_done(*element, message.wide), sink);
        break;
      default:
        break;
    }
  }
}

/// "ServerName;HOST;InstanceName;X;…;;": keys and values in turn. MC-SQLR, 2.2.5.
void describe_instances(std::string_view said, FieldSink& sink) {
  static constexpr std::pair<std::string_view, std::string_view> keys[] = {{"ServerName", "tds.browser.server"},
                                                                           {"InstanceName", "tds.browser.instance"},
                                                                           {"IsClustered", "tds.browser.clustered"},
                                                                           {"Version", "tds.browser.version"},
                                                                           {"tcp", "tds.browser.port"},
                                                                           {"np", "tds.browser.pipe"}};
  for (int n = 0; n < most_pairs && !said.empty(); ++n) {
    auto const cut = [&] {
      auto const part = said.substr(0, said.find(';'));
      said.remove_prefix(std::min(said.size(), part.size() + 1));
      return part;
    };
    auto const key = cut();
    if (key.empty()) continue;
    auto const value = cut();
    for (auto const& [word, name] : keys)
      if (word == key) sink.field(name, value);
  }
}

void describe_browser(Bytes octets, FieldSink& sink) {
  sink.field("tds.browser.message", std::uint64_t{octets[0]});
  Reader in(octets.subspan(1));
  switch (octets[0]) {
    case 4:
      return text_field(sink, "tds.browser.asked_instance", text::up_to_nul(as_text(in.rest())));
    case 5: {
      auto const size = in.le16();
      sink.field("tds.browser.size", std::uint64_t{size});
      if (in) describe_instances(as_text(in.rest()), sink);
      return;
    }
    default:
      return;
  }
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (!message.browser.empty()) return describe_browser(message.browser, sink);
  if (message.record) {
    sink.field("tds.tls", true);
    return;
  }
  sink.field("tds.type", std::uint64_t{message.header.type});
  sink.field("tds.packet_status", std::uint64_t{message.header.status});
  sink.field("tds.length", std::uint64_t{message.header.length});
  sink.field("tds.channel", std::uint64_t{message.header.channel});
  sink.field("tds.packet_number", std::uint64_t{message.header.number});
  if (message.packets > 1) sink.field("tds.packets", std::uint64_t{message.packets});
  if (message.tls) sink.field("tds.tls", true);
  if (message.prelogin) describe_prelogin(*message.prelogin, sink);
  if (message.login) describe_login(*message.login, sink);
  if (message.call) {
    if (message.call->number) sink.field("tds.procedure_id", std::uint64_t{*message.call->number});
    text_field(sink, "tds.procedure", message.call->name.view());
    if (message.call->whole) sink.field("tds.procedure_options", std::uint64_t{message.call->options});
    if (message.call->statement) describe_statement(*message.call->statement, sink);
  }
  if (message.statement) describe_statement(*message.statement, sink);
  if (message.failures != 0) sink.field("tds.logon_failures", std::uint64_t{message.failures});
  if (message.command_shell) sink.field("tds.command_shell", true);
  if (!message.tokens.empty()) describe_tokens(message, sink);
  if (message.last) describe_done(read_done(*message.last, message.wide), sink);
}

}  // namespace greywatch::agent::tds
