#include "locusctl/spark/java_properties.h"

#include <cstdint>

namespace locus::ctl {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool IsEnd(char c) { return c == '\n' || c == '\r'; }

std::string_view Trim(std::string_view text) {
  // As String.trim(): everything up to the space.
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}

// The next line with its continuations, still escaped. Moves `text` behind it.
std::string LogicalLine(std::string_view& text) {
  std::string line;
  bool comment = false;
  for (bool first = true;; first = false) {
    while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
    size_t end = 0;
    while (end < text.size() && !IsEnd(text[end])) ++end;
    std::string_view part = text.substr(0, end);
    text.remove_prefix(end);
    if (text.starts_with("\r\n")) text.remove_prefix(1);
    if (!text.empty()) text.remove_prefix(1);
    comment = comment || (first && !part.empty() && (part[0] == '#' || part[0] == '!'));
    if (comment) return "";
    size_t slashes = 0;
    while (slashes < part.size() && part[part.size() - 1 - slashes] == '\\') ++slashes;
    const bool continues = slashes % 2 == 1;
    if (continues) part.remove_suffix(1);
    line += part;
    if (!continues || text.empty()) return line;
  }
}

// Of \uXXXX; -1: no such.
int CodeUnit(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int unit = 0;
  for (const char c : digits.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    out += static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

// What follows "\u" in `text`; gives how many characters that was, 0: malformed.
size_t AppendUnicode(std::string_view text, std::string& out) {
  const int unit = CodeUnit(text);
  if (unit < 0) return 0;
  if (unit >= 0xD800 && unit < 0xDC00 && text.substr(4).starts_with("\\u")) {
    const int low = CodeUnit(text.substr(6));
    if (low >= 0xDC00 && low < 0xE000) {
      AppendUtf8(0x10000 + ((static_cast<uint32_t>(unit) - 0xD800) << 10) + (static_cast<uint32_t>(low) - 0xDC00), out);
      return 10;
    }
  }
  AppendUtf8(static_cast<uint32_t>(unit), out);
  return 4;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'u') {
      const size_t used = AppendUnicode(text.substr(i + 1), out);
      if (used == 0) out += "\\u";
      i += used;
    } else {
      out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> ParseProperties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    const std::string line = LogicalLine(text);
    if (line.empty()) continue;
    size_t end = 0;
    while (end < line.size() && !IsBlank(line[end]) && line[end] != '=' && line[end] != ':') {
      end += line[end] == '\\' && end + 1 < line.size() ? 2 : 1;
    }
    size_t value = end;
    while (value < line.size() && IsBlank(line[value])) ++value;
    if (value < line.size() && (line[value] == '=' || line[value] == ':')) ++value;
    while (value < line.size() && IsBlank(line[value])) ++value;
    const std::string name = Unescaped(std::string_view(line).substr(0, end));
    properties[name] = std::string(Trim(Unescaped(std::string_view(line).substr(value))));
  }
  return properties;
}

std::string PropertyLine(std::string_view name, std::string_view value) {
  std::string line;
  const auto escape = [&line](std::string_view text, bool key) {
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool separator = key && (c == ' ' || c == '=' || c == ':');
      const bool comment = key && i == 0 && (c == '#' || c == '!');
      const bool leading = !key && i == 0 && (c == ' ' || c == '=' || c == ':');
      if (c == '\n') {
        line += "\\n";
      } else if (c == '\r') {
        line += "\\r";
      } else if (c == '\t') {
        line += "\\t";
      } else if (c == '\f') {
        line += "\\f";
      } else {
        if (c == '\\' || separator || comment || leading) line += '\\';
        line += c;
      }
    }
  };
  escape(name, true);
  line += '=';
  escape(value, false);
  return line;
}

}  // namespace locus::ctl
