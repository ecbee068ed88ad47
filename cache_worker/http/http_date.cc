#include "cache_worker/http/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iterator>

namespace locus::worker {
namespace {

constexpr int64_t kDay = 86400;
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a text piece by piece; once one is not as expected, all later ones fail too.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : left_(text) {}

  void Skip(std::string_view literal) {
    if (left_.substr(0, literal.size()) != literal) return Fail();
    left_.remove_prefix(literal.size());
  }
  // Exactly so many digits; a blank counts as a leading zero where `padded`.
  int Number(size_t digits, bool padded = false) {
    std::string_view piece = left_.substr(0, digits);
    if (padded && !piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), value);
    const bool whole = error == std::errc() && end == piece.data() + piece.size();
    if (!whole || piece.front() == '-' || left_.size() < digits) {
      Fail();
      return 0;
    }
    left_.remove_prefix(digits);
    return value;
  }
  // Position of the one that comes next.
  template <size_t N>
  unsigned OneOf(const std::array<std::string_view, N>& words) {
    for (unsigned i = 0; i < N; ++i) {
      if (left_.substr(0, words[i].size()) != words[i]) continue;
      left_.remove_prefix(words[i].size());
      return i;
    }
    Fail();
    return 0;
  }
  bool done() const { return !failed_ && left_.empty(); }

 private:
  void Fail() { failed_ = true; }

  std::string_view left_;
  bool failed_ = false;
};

struct Moment {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void Time(Pieces& pieces, Moment& moment) {
  moment.hour = pieces.Number(2);
  pieces.Skip(":");
  moment.minute = pieces.Number(2);
  pieces.Skip(":");
  moment.second = pieces.Number(2);
}

std::optional<int64_t> SecondsOf(const Moment& m) {
  const std::chrono::year_month_day date(std::chrono::year(m.year), std::chrono::month(m.month + 1),
                                         std::chrono::day(static_cast<unsigned>(m.day)));
  // 60: a leap second.
  if (!date.ok() || m.hour > 23 || m.minute > 59 || m.second > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDay + m.hour * 3600 + m.minute * 60 + m.second;
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<int64_t> ParseFixed(std::string_view text) {
  Pieces pieces(text);
  Moment moment;
  pieces.OneOf(kDays);
  pieces.Skip(", ");
  moment.day = pieces.Number(2);
  pieces.Skip(" ");
  moment.month = pieces.OneOf(kMonths);
  pieces.Skip(" ");
  moment.year = pieces.Number(4);
  pieces.Skip(" ");
  Time(pieces, moment);
  pieces.Skip(" GMT");
  return pieces.done() ? SecondsOf(moment) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<int64_t> ParseRfc850(std::string_view text, int64_t now) {
  Pieces pieces(text);
  Moment moment;
  pieces.OneOf(kLongDays);
  pieces.Skip(", ");
  moment.day = pieces.Number(2);
  pieces.Skip("-");
  moment.month = pieces.OneOf(kMonths);
  pieces.Skip("-");
  const int two_digits = pieces.Number(2);
  pieces.Skip(" ");
  Time(pieces, moment);
  pieces.Skip(" GMT");
  if (!pieces.done()) return std::nullopt;
  const std::chrono::year_month_day today(std::chrono::sys_days(std::chrono::days(now / kDay)));
  const int year = static_cast<int>(today.year());
  // What seems more than 50 years away was meant for the past.
  moment.year = year - year % 100 + two_digits;
  if (moment.year > year + 50) moment.year -= 100;
  return SecondsOf(moment);
}

// Sun Nov  6 08:49:37 1994
std::optional<int64_t> ParseAsctime(std::string_view text) {
  Pieces pieces(text);
  Moment moment;
  pieces.OneOf(kDays);
  pieces.Skip(" ");
  moment.month = pieces.OneOf(kMonths);
  pieces.Skip(" ");
  moment.day = pieces.Number(2, /*padded=*/true);
  pieces.Skip(" ");
  Time(pieces, moment);
  pieces.Skip(" ");
  moment.year = pieces.Number(4);
  return pieces.done() ? SecondsOf(moment) : std::nullopt;
}

}  // namespace

std::string FormatHttpDate(int64_t seconds) {
  const int64_t days = seconds >= 0 ? seconds / kDay : -((kDay - 1 - seconds) / kDay);
  const auto in_day = static_cast<int>(seconds - days * kDay);
  const std::chrono::sys_days day{std::chrono::days(days)};
  const std::chrono::year_month_day date(day);
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[weekday].data(),
                static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1].data(),
                static_cast<int>(date.year()), in_day / 3600, in_day / 60 % 60, in_day % 60);
  return text;
}

std::optional<int64_t> ParseHttpDate(std::string_view text, int64_t now) {
  if (const auto fixed = ParseFixed(text)) return fixed;
  if (const auto rfc850 = ParseRfc850(text, now)) return rfc850;
  return ParseAsctime(text);
}

}  // namespace locus::worker
