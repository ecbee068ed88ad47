#include "alluxio_meta/listings/question_book.h"

#include <algorithm>
#include <iterator>

#include "alluxio_meta/index/path_tree.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/status.h"

namespace locus::meta {
namespace {

std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

bool IsIn(std::string_view path, const ListingQuestion& question) {
  if (question.kind == ListingKind::kTree) return IsAtOrBelow(path, question.path);
  return path == question.path || (path.size() > 1 && ParentOf(path) == question.path);
}

bool Before(std::string_view a, std::string_view b) { return ComparePaths(a, b) < 0; }

// The folders between `top` and the files below it.
void AddFolders(const std::string& top, const std::vector<FileFact>& files, std::vector<std::string>* folders) {
  std::string_view before;
  for (const FileFact& file : files) {
    for (std::string_view up = ParentOf(file.path); up.size() > top.size(); up = ParentOf(up)) {
      // The files are in order: those above the one before are there already.
      if (!before.empty() && IsAtOrBelow(before, up)) break;
      folders->emplace_back(up);
    }
    before = file.path;
  }
}

}  // namespace

bool QuestionBook::Ask(const ListingQuestion& question, Ticket ticket, uint64_t listing, SteadyTime now) {
  const auto same = newest_.find(question);
  if (same != newest_.end() && now - open_.at(same->second).begun < limits_.ttl) {
    open_.at(same->second).tickets.push_back(ticket);
    return false;
  }
  const uint64_t id = ++last_id_;
  Open& open = open_[id];
  open.question = question;
  open.begun = now;
  open.tickets = {ticket};
  open.listing.listing = listing;
  newest_[question] = id;
  waiting_.push_back(id);
  return true;
}

void QuestionBook::Closed(uint64_t stream) {
  streams_.erase(stream);
  std::erase_if(abandoned_, [&](const auto& owed) { return owed.second == stream; });
  std::vector<uint64_t> orphans;
  for (const auto& [id, open] : open_) {
    if (open.stream == stream) orphans.push_back(id);
  }
  for (const uint64_t id : orphans) Fail(id, Unavailable("the worker went away"));
}

uint64_t QuestionBook::Choose(const Open& open, SteadyTime now, bool* all_tried) {
  *all_tried = true;
  uint64_t avoided = 0;
  size_t position = 0;
  const size_t first = streams_.empty() ? 0 : turn_ % streams_.size();
  // Twice around, from `first` on for one round.
  for (size_t round = 0; round < 2; ++round) {
    position = 0;
    for (const auto& [stream, state] : streams_) {
      const bool turn = (position++ >= first) == (round == 0);
      if (!turn || std::find(open.tried.begin(), open.tried.end(), stream) != open.tried.end()) continue;
      *all_tried = false;
      if (state.unanswered >= limits_.max_at_worker) continue;
      if (now >= state.avoid_until) return stream;
      if (avoided == 0) avoided = stream;
    }
  }
  return avoided;
}

std::vector<QuestionBook::Order> QuestionBook::Plan(SteadyTime now) {
  std::vector<Order> orders;
  std::deque<uint64_t> still;
  // One that finds no worker free says nothing of the next, which may have tried others: all are looked at, up to the
  // first that no worker at all could take.
  while (!waiting_.empty()) {
    const uint64_t id = waiting_.front();
    waiting_.pop_front();
    Open& open = open_.at(id);
    bool all_tried = false;
    const uint64_t stream = Choose(open, now, &all_tried);
    if (all_tried) {
      const bool asked = !open.tried.empty();
      End(id, asked ? open.problem : Unavailable("no worker is connected to locus-meta: start one, or wait"));
      continue;
    }
    if (stream == 0) {
      still.push_back(id);
      if (open.tried.empty()) break;
      continue;
    }
    ++turn_;
    ++streams_.at(stream).unanswered;
    open.stream = stream;
    open.request = ++last_request_;
    open.heard = now;
    requests_[open.request] = id;
    const bool look = open.question.kind == ListingKind::kLook;
    orders.push_back({stream, open.request, open.question.path, look ? 1 : limits_.max_entries + 1,
                      open.question.kind != ListingKind::kTree});
  }
  waiting_.insert(waiting_.begin(), still.begin(), still.end());
  return orders;
}

void QuestionBook::Take(Open* open, AnswerPart* part) {
  for (FileFact& file : part->files) {
    const bool makes_sense = IsCanonicalPath(file.path) && file.path != "/" && IsIn(file.path, open->question) &&
                             file.length <= kMaxFileBytes && file.block_bytes > 0 &&
                             BlockCount(file.length, file.block_bytes) <= kMaxBlocksOfFile;
    if (makes_sense) {
      open->listing.files.push_back(std::move(file));
    } else {
      ++malformed_;
    }
  }
  for (std::string& folder : part->folders) {
    const bool makes_sense = IsCanonicalPath(folder) && folder != open->question.path && IsIn(folder, open->question);
    if (makes_sense && open->question.kind == ListingKind::kFolder) {
      open->listing.folders.push_back(std::move(folder));
    } else if (!makes_sense) {
      ++malformed_;
    }
  }
  open->entries += part->files.size() + part->folders.size();
}

absl::Status QuestionBook::Verdict(const Open& open, const AnswerPart& last) const {
  // A look needs one entry to know what the path is: that there are more is no problem.
  if (open.question.kind == ListingKind::kLook && open.entries > 0) return absl::OkStatus();
  if (open.entries > limits_.max_entries || (!last.problem.empty() && open.entries >= limits_.max_entries)) {
    return Exhausted("has more than " + std::to_string(limits_.max_entries) +
                     " files and folders: list a part of it, or raise front.listing_limit");
  }
  if (!last.problem.empty()) return Internal(last.problem);
  if (last.not_found && open.entries > 0) return Internal("the worker named files of a path that it does not find");
  return absl::OkStatus();
}

bool QuestionBook::Part(uint64_t stream, AnswerPart part, SteadyTime now) {
  const auto request = requests_.find(part.request);
  if (request == requests_.end() || open_.at(request->second).stream != stream) {
    if (part.done && abandoned_.erase({part.request, stream}) != 0) --streams_.at(stream).unanswered;
    return false;
  }
  const uint64_t id = request->second;
  Open& open = open_.at(id);
  open.heard = now;
  Take(&open, &part);
  if (!part.done && open.entries <= limits_.max_entries) return true;
  // More than is wanted: what is still on its way is not waited for.
  if (part.done) {
    --streams_.at(stream).unanswered;
  } else {
    abandoned_.insert({part.request, stream});
  }
  absl::Status verdict = Verdict(open, part);
  if (absl::IsInternal(verdict)) {
    Fail(id, std::move(verdict));
  } else {
    open.listing.found = !part.not_found;
    End(id, std::move(verdict));
  }
  return true;
}

void QuestionBook::Expire(SteadyTime now) {
  std::vector<uint64_t> silent;
  for (const auto& [id, open] : open_) {
    if (open.stream != 0 && now - open.heard >= limits_.silence) silent.push_back(id);
  }
  for (const uint64_t id : silent) {
    const Open& open = open_.at(id);
    // It still owes an answer, and may get no more questions than before.
    abandoned_.insert({open.request, open.stream});
    streams_.at(open.stream).avoid_until = now + limits_.avoid;
    Fail(id, Unavailable("the worker did not answer in time"));
  }
}

void QuestionBook::Fail(uint64_t id, absl::Status problem) {
  Open& open = open_.at(id);
  if (open.stream != 0) {
    open.tried.push_back(open.stream);
    requests_.erase(open.request);
    open.stream = 0;
  }
  open.problem = std::move(problem);
  if (open.tried.size() >= limits_.max_attempts) {
    End(id, open.problem);
    return;
  }
  ++retries_;
  const uint64_t listing = open.listing.listing;
  open.listing = {};
  open.listing.listing = listing;
  open.entries = 0;
  waiting_.push_front(id);
}

void QuestionBook::End(uint64_t id, absl::Status status) {
  const auto place = open_.find(id);
  Open& open = place->second;
  if (open.stream != 0) requests_.erase(open.request);
  const auto newest = newest_.find(open.question);
  if (newest != newest_.end() && newest->second == id) newest_.erase(newest);
  ended_.push_back(
      {std::move(open.question), open.begun, std::move(open.tickets), std::move(status), std::move(open.listing)});
  open_.erase(place);
}

std::vector<QuestionBook::Ended> QuestionBook::TakeEnded() { return std::exchange(ended_, {}); }

void QuestionBook::Tidy(const ListingQuestion& question, PathListing* listing) {
  std::vector<FileFact>& files = listing->files;
  std::stable_sort(files.begin(), files.end(),
                   [](const FileFact& a, const FileFact& b) { return Before(a.path, b.path); });
  const auto same = [](const FileFact& a, const FileFact& b) { return a.path == b.path; };
  files.erase(std::unique(files.begin(), files.end(), same), files.end());
  listing->is_file = !files.empty() && files.front().path == question.path;
  if (listing->is_file) files.resize(1);
  // What a look met below the path is no answer to it.
  if (question.kind == ListingKind::kLook && !listing->is_file) files.clear();
  std::vector<std::string>& folders = listing->folders;
  if (listing->is_file) folders.clear();
  if (question.kind == ListingKind::kTree && !listing->is_file) AddFolders(question.path, files, &folders);
  std::sort(folders.begin(), folders.end(), Before);
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  // An object store may have both a/b and a/b/c: the file is shown, as a look at the path would.
  std::erase_if(folders, [&](const std::string& folder) {
    const auto place =
        std::lower_bound(files.begin(), files.end(), folder,
                         [](const FileFact& file, const std::string& path) { return Before(file.path, path); });
    return place != files.end() && place->path == folder;
  });
}

}  // namespace locus::meta
