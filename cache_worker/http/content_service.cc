#include "cache_worker/http/content_service.h"

#include <array>
#include <cstdio>

#include "cache_worker/http/http_date.h"
#include "cache_worker/http/replies.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// As of ReadThrough::Read.
constexpr int kAttempts = 3;
constexpr int64_t kNanos = 1'000'000'000;

std::string Quoted(uint64_t file_id, const std::string& rest = "") {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(file_id));
  return "\"" + std::string(digits.data()) + rest + "\"";
}

// Down to the second, also before 1970.
int64_t WholeSeconds(int64_t ns) { return ns / kNanos - (ns % kNanos < 0 ? 1 : 0); }

}  // namespace

Answer ErrorAnswer(const absl::Status& status) {
  Answer answer;
  answer.status = HttpStatusOf(status);
  answer.text = ErrorJson(status);
  answer.headers.emplace_back("Content-Type", "application/json");
  if (answer.status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

// One question on its way.
struct ContentService::Asked {
  Question question;
  std::function<void(Answer)> done;
  int attempt = 0;
  // What the content is, once it is found: a whole file, or one block of it, `base` being its first byte.
  std::shared_ptr<const FileFacts> file;
  std::string etag;
  uint64_t base = 0;
  uint64_t length = 0;
  Answer answer;
  uint64_t begin = 0;
};

ContentService::ContentService(const ContentServiceOptions& options, ReadThrough& reads, const Clock& clock)
    : reads_(reads),
      clock_(clock),
      opener_(reads, [this] { return stopping_.load(); }),
      looks_(options.look_threads, options.max_waiting),
      fetches_(options.fetch_threads, options.max_waiting) {}

void ContentService::Stop() {
  Cancel();
  looks_.Stop();
  fetches_.Stop();
}

void ContentService::Ask(Question question, std::function<void(Answer)> done) {
  auto asked = std::make_shared<Asked>();
  asked->question = std::move(question);
  asked->done = std::move(done);
  if (looks_.Add([this, asked] { Look(asked); })) return;
  asked->done(ErrorAnswer(Unavailable("too many requests at once: try again soon")));
}

void ContentService::End(Asked& asked, absl::Status status) {
  if (absl::IsCancelled(status)) status = Unavailable("this worker is stopping");
  if (status.ok()) {
    asked.done(std::move(asked.answer));
  } else {
    asked.done(ErrorAnswer(status));
  }
}

absl::Status ContentService::Find(Asked& asked) {
  if (const auto* file = std::get_if<FileTarget>(&asked.question.target)) {
    LOCUS_ASSIGN_OR_RETURN(FileFacts facts, reads_.Resolve(file->path));
    asked.file = std::make_shared<const FileFacts>(std::move(facts));
    asked.etag = Quoted(asked.file->file_id);
    asked.length = asked.file->length;
    return absl::OkStatus();
  }
  const auto& block = std::get<BlockTarget>(asked.question.target);
  asked.file = reads_.store().FactsOf({block.file_id, block.index});
  if (asked.file == nullptr) return NotFound("this block is not cached here");
  asked.length = BlockLength(*asked.file, block.index);
  asked.base = uint64_t{block.index} * asked.file->block_bytes;
  asked.etag = Quoted(block.file_id, "-" + std::to_string(block.index));
  return absl::OkStatus();
}

bool ContentService::Judged(Asked& asked) {
  const int64_t modified = WholeSeconds(asked.file->modified_ns);
  const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch()).count();
  const Verdict verdict =
      Judge(asked.question.fields, {asked.etag, modified}, asked.length, asked.question.is_get, now);
  if (verdict.status == 412 || verdict.status == 416) {
    asked.answer = ErrorAnswer(verdict.status == 416
                                   ? absl::OutOfRangeError("no byte of the content lies in the range")
                                   : absl::FailedPreconditionError("the content is not what the request is meant for"));
    asked.answer.status = verdict.status;
  }
  Answer& answer = asked.answer;
  answer.status = verdict.status;
  answer.headers.emplace_back("ETag", asked.etag);
  answer.headers.emplace_back("Last-Modified", FormatHttpDate(modified));
  answer.headers.emplace_back("Accept-Ranges", "bytes");
  if (verdict.status == 416) answer.headers.emplace_back("Content-Range", UnsatisfiedRange(asked.length));
  if (verdict.status != 200 && verdict.status != 206) return false;
  answer.headers.emplace_back("Content-Type", "application/octet-stream");
  if (verdict.status == 206) {
    answer.headers.emplace_back("Content-Range", ContentRange(verdict.begin, verdict.end, asked.length));
  }
  answer.length = verdict.end - verdict.begin;
  answer.file = asked.file;
  answer.end = asked.base + verdict.end;
  asked.begin = asked.base + verdict.begin;
  return asked.question.is_get && answer.length > 0;
}

void ContentService::Look(const std::shared_ptr<Asked>& asked) {
  asked->answer = {};
  if (stopping_) return End(*asked, absl::CancelledError(""));
  if (const absl::Status found = Find(*asked); !found.ok()) return End(*asked, found);
  const bool is_block = std::holds_alternative<BlockTarget>(asked->question.target);
  if (!Judged(*asked)) return End(*asked, absl::OkStatus());
  absl::StatusOr<Segment> first = opener_.FromCache(asked->file, asked->begin, asked->answer.end);
  if (first.ok()) {
    asked->answer.first = std::move(*first);
    return End(*asked, absl::OkStatus());
  }
  // A block is asked for as it is cached here: whoever asks knows where else to look.
  if (is_block) return End(*asked, first.status());
  if (fetches_.Add([this, asked] { Fetch(asked); })) return;
  End(*asked, Unavailable("too much is being fetched at once: try again soon"));
}

void ContentService::Fetch(const std::shared_ptr<Asked>& asked) {
  Answer& answer = asked->answer;
  absl::StatusOr<Segment> first = opener_.Fetched(asked->file, asked->begin, answer.end, answer.past_until);
  if (first.ok()) {
    answer.first = std::move(*first);
    return End(*asked, absl::OkStatus());
  }
  if (!absl::IsAborted(first.status())) return End(*asked, first.status());
  // Nothing has been handed out: begin again with the content as it is now.
  reads_.NoteChanged();
  if (++asked->attempt < kAttempts && looks_.Add([this, asked] { Look(asked); })) return;
  End(*asked, Unavailable("'" + asked->file->path + "' changes faster than it can be read: read it again"));
}

}  // namespace locus::worker
