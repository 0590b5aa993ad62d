#include "common/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace greywatch::yaml {

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a single value";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
  }
  return "nothing";
}

Node const* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &items[i];
  return nullptr;
}

namespace {

Mark mark_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

/// What the event handler throws through the parser; never leaves this file.
struct Refused {
  Mark at;
  std::string text;
};

/// Builds the tree from the parser's events and refuses what exceeds the limits as it comes.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Limits const& limits) : limits_(limits) {}
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {
    root_ = {};
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    plain(mark, "", anchor);
    Node node;
    node.at = mark_of(mark);
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark_of(mark), "aliases (*name) are not accepted"};
  }
  void OnScalar(const YAML::Mark& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& value) override {
    plain(mark, tag, anchor);
    Node node;
    node.kind = Kind::scalar;
    node.at = mark_of(mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::mapping);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  static void plain(const YAML::Mark& mark, std::string const& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw Refused{mark_of(mark), "anchors (&name) are not accepted"};
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused{mark_of(mark), "tags (" + tag + ") are not accepted"};
  }
  void open(const YAML::Mark& mark, std::string const& tag, YAML::anchor_t anchor, Kind kind) {
    plain(mark, tag, anchor);
    if (open_.size() >= limits_.depth)
      throw Refused{mark_of(mark), fmt::format("nested deeper than {} levels", limits_.depth)};
    Node node;
    node.kind = kind;
    node.at = mark_of(mark);
    open_.push_back({add(std::move(node)), {}, false, {}});
  }
  /// The place of a node in the tree stays where it is while it is open: only its parent's last item grows.
  Node* add(Node node) {
    if (++values_ > limits_.values) throw Refused{node.at, fmt::format("more than {} values", limits_.values)};
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    auto& [parent, key, has_key, keys] = open_.back();
    if (parent->kind == Kind::mapping && !has_key) {
      if (node.kind != Kind::scalar) throw Refused{node.at, "a key must be a single value"};
      if (auto const [before, fresh] = keys.try_emplace(node.text, node.at); !fresh)
        throw Refused{
            node.at, fmt::format("the key \"{}\" stands here twice, first in line {}", node.text, before->second.line)};
      key = {node.text, node.at};
      has_key = true;
      return nullptr;
    }
    if (parent->kind == Kind::mapping) {
      parent->keys.push_back(std::move(key));
      has_key = false;
    }
    parent->items.push_back(std::move(node));
    return &parent->items.back();
  }

  struct Open {
    Node* node;
    Key key;
    bool has_key;
    std::unordered_map<std::string, Mark> keys;
  };
  Limits const& limits_;
  Node root_;
  std::vector<Open> open_;
  std::unordered_map<Node const*, std::unordered_map<std::string, Mark>> keys_;
  std::size_t values_ = 0;
};

std::unexpected<Refusal> refuse_at(std::string_view file, Mark at, std::string_view text) {
  return refuse(fmt::format("{}:{}:{}: {}", file, at.line, at.column, text));
}

Result<std::string, Refusal> slurp(std::filesystem::path const& file, Limits const& limits) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  std::string text(limits.octets + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return refuse(fmt::format("{}: cannot be read", file.string()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Result<std::vector<Node>, Refusal> parse_all(std::string_view text, std::string_view file, Limits const& limits) {
  if (text.size() > limits.octets) return refuse(fmt::format("{}:1:1: larger than {} octets", file, limits.octets));
  if (auto const zero = text.find('\0'); zero != std::string_view::npos)
    return refuse_at(file, {static_cast<int>(std::count(text.begin(), text.begin() + zero, '\n')) + 1, 1},
                     "a zero octet: not text");
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    std::vector<Node> documents;
    Builder builder(limits);
    while (parser.HandleNextDocument(builder))
      if (auto document = builder.take(); document.kind != Kind::null) documents.push_back(std::move(document));
    return documents;
  } catch (Refused const& refused) {
    return refuse_at(file, refused.at, refused.text);
  } catch (const YAML::Exception& error) {
    return refuse_at(file, error.mark.is_null() ? Mark{} : mark_of(error.mark), error.msg);
  }
}

Result<Node, Refusal> parse(std::string_view text, std::string_view file, Limits const& limits) {
  auto documents = parse_all(text, file, limits);
  if (!documents) return std::unexpected(documents.error());
  if (documents->empty()) return Node{};
  if (documents->size() > 1) return refuse_at(file, documents->at(1).at, "a second document: one is accepted");
  return std::move(documents->front());
}

Result<Node, Refusal> load(std::filesystem::path const& file, Limits const& limits) {
  auto const text = slurp(file, limits);
  if (!text) return std::unexpected(text.error());
  return parse(*text, file.string(), limits);
}

Result<std::vector<Node>, Refusal> load_all(std::filesystem::path const& file, Limits const& limits) {
  auto const text = slurp(file, limits);
  if (!text) return std::unexpected(text.error());
  return parse_all(*text, file.string(), limits);
}

void Errors::add(Mark at, std::string text) {
  if (found_.size() < 100)
    found_.emplace_back(at, std::move(text));
  else
    ++more_;
}

std::vector<std::string> Errors::lines() const {
  auto sorted = found_;
  std::ranges::stable_sort(sorted, {}, &std::pair<Mark, std::string>::first);
  std::vector<std::string> out;
  for (auto const& [at, text] : sorted)
    out.push_back(fmt::format("{}:{}:{}: {}", file_.string(), at.line, at.column, text));
  if (more_) out.push_back(fmt::format("{}: and {} more", file_.string(), more_));
  return out;
}

Refusal Errors::refusal() const { return {fmt::format("{}", fmt::join(lines(), "\n"))}; }

}  // namespace greywatch::yaml
