#include "common/log.h"

#include <errno.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace locus {
namespace {

std::atomic<bool> json_format{false};

spdlog::logger& Logger() {
  // Leaked on purpose: threads may log while statics are destroyed.
  static spdlog::logger* logger = [] {
    auto* made = new spdlog::logger("locus", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string Quoted(std::string_view text) {
  // Replacement of bad UTF-8 keeps a hostile name from breaking the log.
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) >= 0x7f) return true;
  }
  return false;
}

// The pattern of spdlog. Several programs may write into one log: JSON lines say which one, by its file's name.
std::string Pattern(bool json) {
  if (!json) return "%Y-%m-%dT%H:%M:%S.%e%z %l %v";
  std::string component = Quoted(program_invocation_short_name);
  // A percent sign would begin a flag.
  for (size_t at = 0; (at = component.find('%', at)) != std::string::npos; at += 2) component.insert(at, 1, '%');
  return R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","component":)" + component + ",%v}";
}

}  // namespace

std::string FormatLogText(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line(message);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += field.is_text && NeedsQuotes(field.value) ? Quoted(field.value) : field.value;
  }
  return line;
}

std::string FormatLogJson(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "\"message\":" + Quoted(message);
  for (const LogField& field : fields) {
    line += ',' + Quoted(field.key) + ':' + (field.is_text ? Quoted(field.value) : field.value);
  }
  return line;
}

void ConfigureLog(std::string_view level, std::string_view format) {
  json_format = format == "json";
  Logger().set_pattern(Pattern(json_format));
  if (level == "debug") Logger().set_level(spdlog::level::debug);
  if (level == "info") Logger().set_level(spdlog::level::info);
  if (level == "warning") Logger().set_level(spdlog::level::warn);
  if (level == "error") Logger().set_level(spdlog::level::err);
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!Logger().should_log(ToSpdlog(level))) return;
  const std::string line = json_format ? FormatLogJson(message, fields) : FormatLogText(message, fields);
  Logger().log(ToSpdlog(level), "{}", line);
}

}  // namespace locus
