#include "locusctl/completion/shell_script.h"

#include <algorithm>

namespace locus::ctl {
namespace {

constexpr std::string_view kBash = R"(# bash completion for @PROGRAM@.
#   source <(@PROGRAM@ completion bash)
# or, for every new shell, as a file: @PROGRAM@ completion bash > ~/.local/share/bash-completion/completions/@PROGRAM@

@FUNCTION@() {
  local words=() lines=() word line directive prefix=''
  # Readline takes words apart at ':' and '=': the program wants them whole.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((${#words[@]})) && [[ $word == [:=]* || ${words[-1]} == *[:=] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  COMPREPLY=()
  mapfile -t lines < <("$1" __complete "${words[@]}" 2> /dev/null)
  ((${#lines[@]})) || return
  directive=${lines[-1]}
  unset 'lines[-1]'
  # Values come alone: what stands before '=' is still part of the word where that does not break words.
  if [[ ${words[-1]} == -*=* && $COMP_WORDBREAKS != *=* ]]; then prefix=${words[-1]%%=*}=; fi
  for line in "${lines[@]}"; do COMPREPLY+=("$prefix${line%%$'\t'*}"); done
  case $directive in
    :0) compopt -o default ;;
    :16) compopt -o dirnames ;;
  esac
}

complete -F @FUNCTION@ @PROGRAM@
)";

constexpr std::string_view kZsh = R"(#compdef @PROGRAM@
# zsh completion for @PROGRAM@.
#   source <(@PROGRAM@ completion zsh)
# or, for every new shell, as a file in a folder of $fpath: @PROGRAM@ completion zsh > "${fpath[1]}/_@PROGRAM@"

@FUNCTION@() {
  local -a lines candidates
  local line text directive
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}")
  directive=${lines[-1]}
  lines[-1]=()
  for line in "${lines[@]}"; do
    # A colon ends the candidate for _describe.
    text=${${line%%$'\t'*}//:/\\:}
    if [[ $line == *$'\t'* ]]; then text+=:${line#*$'\t'}; fi
    candidates+=("$text")
  done
  # Values come alone.
  if [[ $PREFIX == -*=* ]]; then compset -P '*='; fi
  if (( ${#candidates} )); then
    _describe -t candidates '@PROGRAM@' candidates
  else
    case $directive in
      (:0) _files ;;
      (:16) _files -/ ;;
    esac
  fi
}

if [[ ${funcstack[1]} == @FUNCTION@ ]]; then
  @FUNCTION@ "$@"
else
  compdef @FUNCTION@ @PROGRAM@
fi
)";

constexpr std::string_view kFish = R"(# fish completion for @PROGRAM@.
#   @PROGRAM@ completion fish | source
# or, for every new shell, as a file: @PROGRAM@ completion fish > ~/.config/fish/completions/@PROGRAM@.fish

function @FUNCTION@
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l lines (command $words[1] __complete $words[2..-1] "$last" 2> /dev/null)
    test (count $lines) -gt 0; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    # Values come alone: fish wants the whole word.
    set -l prefix ''
    set -l value "$last"
    if string match -q -- '-*=*' "$last"
        set prefix (string replace -r '=.*' '=' -- "$last")
        set value (string replace -r '^[^=]*=' '' -- "$last")
    end
    for line in $lines
        printf '%s\n' "$prefix$line"
    end
    switch $directive
        case :0
            printf '%s\n' $prefix(__fish_complete_path "$value")
        case :16
            printf '%s\n' $prefix(__fish_complete_directories "$value")
    end
end

complete -c @PROGRAM@ -e
complete -c @PROGRAM@ -f -a '(@FUNCTION@)'
)";

std::string Filled(std::string_view script, std::string_view mark, std::string_view text) {
  std::string filled;
  for (size_t start = 0;;) {
    const size_t found = script.find(mark, start);
    filled += script.substr(start, found - start);
    if (found == std::string_view::npos) return filled;
    filled += text;
    start = found + mark.size();
  }
}

}  // namespace

std::string ShellScript(std::string_view shell, std::string_view program) {
  const std::string_view script = shell == "zsh" ? kZsh : shell == "fish" ? kFish : kBash;
  std::string function = "_" + std::string(program);
  std::replace(function.begin(), function.end(), '-', '_');
  return Filled(Filled(script, "@FUNCTION@", function), "@PROGRAM@", program);
}

}  // namespace locus::ctl
