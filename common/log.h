// Structured log lines on standard error: a constant message and named fields.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace locus {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One named value of a log line. Numbers and text; text is escaped by the writer.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v), is_text(true) {}
  LogField(std::string_view k, const char* v) : LogField(k, std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : LogField(k, std::string_view(v)) {}
  template <typename T>
  requires std::is_arithmetic_v<T> LogField(std::string_view k, T v) : key(k), value(std::to_string(v)) {
    // JSON has no word for inf and nan: they are text.
    if constexpr (std::is_floating_point_v<T>) is_text = !std::isfinite(v);
  }

  std::string_view key;
  std::string value;
  bool is_text = false;
};

// Sets level ("debug", "info", "warning", "error") and format ("text", "json") of the process. Call it once, from main;
// the default is info, text. Unknown words leave the default.
void ConfigureLog(std::string_view level, std::string_view format);

// Writes one line. Thread-safe. The message is constant text; what varies goes into fields.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogDebug(std::string_view m, std::initializer_list<LogField> f = {}) { Log(LogLevel::kDebug, m, f); }
inline void LogInfo(std::string_view m, std::initializer_list<LogField> f = {}) { Log(LogLevel::kInfo, m, f); }
inline void LogWarning(std::string_view m, std::initializer_list<LogField> f = {}) { Log(LogLevel::kWarning, m, f); }
inline void LogError(std::string_view m, std::initializer_list<LogField> f = {}) { Log(LogLevel::kError, m, f); }

// The text of one line, without time and level: `message key=value key="a b"`, or the members of a JSON object.
std::string FormatLogText(std::string_view message, std::initializer_list<LogField> fields);
std::string FormatLogJson(std::string_view message, std::initializer_list<LogField> fields);

}  // namespace locus
