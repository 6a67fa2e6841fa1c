#include "sim/swarm/sentence.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit::sim {
namespace {

std::string size_text(std::size_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
}

std::string text_of(Duration duration) { return fmt::format("{:.3g} s", seconds(duration)); }

// One function a message. What each says follows from its fields in wire/.
class Sentence {
 public:
  explicit Sentence(const Glossary& glossary) : glossary_(glossary) {}

  std::string operator()(const Unreadable&) const { return "bytes that no decoder reads"; }
  std::string operator()(const Ping&) const { return "ping"; }
  std::string operator()(const Pong&) const { return "pong"; }
  std::string operator()(const Farewell&) const { return "farewell: this link is given up"; }
  std::string operator()(const NoAnswer&) const { return "empty answer"; }

  std::string operator()(const Hello& hello) const {
    const bool silent = hello.outbound_only || hello.sender.addresses.empty();
    return fmt::format(
        "hello, I am {}{}, dial {}", peer(hello.sender),
        silent ? ", and accept no connections" : " at " + hello.sender.addresses.front().text(),
        hello.dial_number);
  }
  std::string operator()(const Refusal& refusal) const {
    const bool version = refusal.reason == RefusalReason::wrong_version;
    return version ? fmt::format("refused: this is version {}", refusal.version)
                   : "refused: you are no member of this run";
  }

  std::string operator()(const DirectoryQuestion& question) const {
    std::string text;
    if (!question.records.empty()) text = "keep " + records(question.records) + "; ";
    text += question.wants_closest ? "who is closest to " : "at ";
    text += glossary_.key(question.key);
    if (question.wanted == WantedRecords::own) text += ", what stands there of me";
    if (question.wanted == WantedRecords::all) text += ", who stands there";
    if (question.after) text += " after " + glossary_.peer(*question.after);
    if (question.watch > Duration{0}) text += ", tell me of news for " + text_of(question.watch);
    return text;
  }
  std::string operator()(const DirectoryAnswer& answer) const {
    std::string text = answer.records.empty() ? "nothing new stands there"
                                              : "there stands " + records(answer.records);
    if (!answer.closest.empty()) text += "; closest are";
    for (const Contact& contact : answer.closest) text += fmt::format(" {}", peer(contact));
    return text + (answer.more ? ", and there is more" : "");
  }
  std::string operator()(const DirectoryChange& change) const {
    return "news: " + records(change.records);
  }

  std::string operator()(const MatchQuestion& question) const {
    const std::string cell = glossary_.key(question.key);
    if (question.kind == MatchQuestion::Kind::hail) return "ask me, I come first in group " + cell;
    return fmt::format("join group {}, question {}", cell, question.number);
  }
  std::string operator()(const MatchAnswer& answer) const {
    return fmt::format("{}; newest is step {} round {}", reply(answer), answer.newest.step,
                       answer.newest.round);
  }
  std::string operator()(const Assembled& assembled) const {
    std::string text = fmt::format("assembled round {} of {}:", assembled.group.id.brief(),
                                   glossary_.key(assembled.key));
    const auto& members = assembled.group.members;
    for (std::size_t i = 0; i < members.size(); ++i) {
      text += fmt::format(" {}:{}", peer(members[i]), assembled.group.digits[i]);
    }
    return text;
  }
  std::string operator()(const Withdrawal& withdrawal) const {
    return fmt::format("question {} about {} is withdrawn", withdrawal.number,
                       glossary_.key(withdrawal.key));
  }
  std::string operator()(const Redirection& redirection) const {
    const auto& leader = redirection.leader;
    return fmt::format("go to {} for {}", leader ? peer(*leader) : "somebody else",
                       glossary_.key(redirection.key));
  }
  std::string operator()(const Declined& declined) const {
    return "I take no part in round " + declined.round.brief();
  }
  std::string operator()(const StepBegun& begun) const {
    return fmt::format("step {} has begun", begun.step);
  }

  std::string operator()(const ChunkView& chunk) const {
    const ChunkHeader& header = chunk.header;
    const bool result = header.kind == ChunkKind::result;
    std::string text =
        fmt::format("chunk {} of round {} {}, {}, ", header.chunk, header.round.brief(),
                    result ? "result" : "contribution", size_text(chunk.values.size()));
    if (!result) return text + fmt::format("weight {}", header.weight);
    return text + fmt::format("mean weight {} of {}", header.weight,
                              glossary_.members(header.round, header.contributors));
  }

  std::string operator()(const ReduceNote& note) const {
    return fmt::format(
        "round {}, ballot {}.{}: {}", note.round.brief(), note.ballot.counter, note.ballot.member,
        std::visit([&](const auto& content) { return said(note.round, content); }, note.content));
  }

  std::string operator()(const PlanQuestion&) const { return "what is the plan of the run?"; }
  std::string operator()(const OffersQuestion&) const { return "which states do you give?"; }
  std::string operator()(const ManifestQuestion&) const { return "of which pieces is the state?"; }
  std::string operator()(const PieceQuestion& question) const {
    return fmt::format("give me piece {} of the state", question.piece);
  }
  std::string operator()(const PlanAnswer& answer) const {
    return fmt::format("the plan: grid {}, {} elements, now at step {}", answer.plan.grid.text(),
                       answer.plan.elements, answer.clock);
  }
  std::string operator()(const ShapeNote& note) const {
    return fmt::format("the newest grid that I know counts from step {} on, for {} peers",
                       note.first_step, note.peers);
  }
  std::string operator()(const ShapeQuestion&) const { return "which grid is that?"; }
  std::string operator()(const Shape& shape) const {
    return fmt::format("the grid {} from step {} on, with places for {} peers", shape.grid.text(),
                       shape.first_step, shape.roster.size());
  }
  std::string operator()(const Whereabouts& whereabouts) const {
    return whereabouts.addresses.empty() ? "nobody can dial me"
                                         : "dial me at " + whereabouts.addresses.front().text();
  }
  std::string operator()(const DialBackQuestion& question) const {
    return fmt::format(
        "can you dial me at {} within {}?",
        question.addresses.empty() ? "no address" : question.addresses.front().text(),
        text_of(question.patience));
  }
  std::string operator()(const DialBackAnswer& answer) const {
    return answer.reached ? "I reached you" : "I did not reach you";
  }
  std::string operator()(const StateOffers& offers) const {
    if (offers.empty()) return "no state";
    const StateOffer& newest = offers.back();
    return fmt::format("{} states, the newest of step {} with {} elements", offers.size(),
                       newest.step, newest.elements);
  }
  std::string operator()(const StateManifest& manifest) const {
    return fmt::format("the digests of {} pieces", manifest.pieces.size());
  }
  std::string operator()(const StatePiece& piece) const {
    return fmt::format("piece {} of the state, {} bytes", piece.piece, piece.values.size());
  }

 private:
  std::string peer(const Contact& contact) const { return glossary_.peer(contact.id); }

  static std::size_t count(const ChunkSet& chunks) {
    return static_cast<std::size_t>(std::count(chunks.begin(), chunks.end(), true));
  }
  std::string said(const RoundId& round, const TakeStock& question) const {
    return fmt::format("what do you hold? I ask {}", glossary_.members(round, question.view));
  }
  std::string said(const RoundId& round, const Promise& promise) const {
    return fmt::format("I hold {} chunks, and my view is {}", count(promise.held),
                       glossary_.members(round, promise.view));
  }
  std::string said(const RoundId& round, const Install& install) const {
    return fmt::format("the view is {}", glossary_.members(round, install.view));
  }
  std::string said(const RoundId&, const LeftOut&) const { return "you were left out"; }
  std::string said(const RoundId&, const Alive&) const { return "I am there, and wait"; }

  std::string records(const std::vector<SignedRecord>& records) const {
    std::string text;
    for (const SignedRecord& record : records) {
      const auto claim = decode_claim(record.claim());
      if (!text.empty()) text += ", ";
      text += claim ? fmt::format("{} under {} for {}", peer(claim->publisher),
                                  glossary_.key(claim->key), text_of(record.remaining))
                    : "an unreadable record";
    }
    return text;
  }

  std::string reply(const MatchAnswer& answer) const {
    switch (answer.reply) {
      case MatchReply::accepted:
        return "accepted: the group starts within " + text_of(answer.remaining);
      case MatchReply::noted:
        return "noted";
      case MatchReply::redirect:
        return fmt::format("I follow {}: ask it",
                           answer.leader ? peer(*answer.leader) : "somebody");
      case MatchReply::started:
        return fmt::format("my group of {} has started", answer.members.size());
      case MatchReply::later:
        return "not yet";
      case MatchReply::elsewhere:
        return "I will not be there";
    }
    return "a reply that nobody knows";
  }

  const Glossary& glossary_;
};

}  // namespace

std::string sentence_of(const Utterance& utterance, const Glossary& glossary) {
  return std::visit(Sentence(glossary), utterance);
}

}  // namespace moshpit::sim
