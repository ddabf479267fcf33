# Completes the words of belay in bash. In ~/.bashrc:
#
#   source <(belay completion bash)
#
# Or, with the package bash-completion, as a file, to be written again after an update of Belay or Node:
#
#   belay completion bash > ~/.local/share/bash-completion/completions/belay

_belay_completion() {
  local rest=${COMP_LINE:-${COMP_WORDS[*]}} at=0 kind i piece spaces current cut breaks ending line
  local cursor=${COMP_POINT:-${#rest}} end=${#rest}
  local -a typed=() answer=()
  COMPREPLY=()
  # Bash splits words at = and : too: what has no space between is one word again.
  for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
    piece=${COMP_WORDS[i]}
    spaces=${rest%%[![:space:]]*}
    ((i == 0 || ${#spaces} > 0)) && typed+=("")
    [[ -n $piece ]] && rest=${rest#"$spaces"}
    if ((i == COMP_CWORD)); then
      at=$((${#typed[@]} - 1))
      # What follows the cursor is no part of the word that is completed.
      current=${typed[at]}${piece:0:cursor - (end - ${#rest})}
    fi
    typed[${#typed[@]} - 1]+=$piece
    rest=${rest#"$piece"}
  done
  typed[at]=$current
  while IFS= read -r line; do answer+=("$line"); done < <({{program}} "$at" "${typed[@]}" 2>/dev/null)
  ((${#answer[@]} > 0)) || return 0
  kind=${answer[0]}
  # Readline replaces what follows the last = or : only.
  cut=""
  breaks=${COMP_WORDBREAKS//[!=:]/}
  [[ -n $breaks ]] && cut=${current%"${current##*[$breaks]}"}
  if [[ $kind == files* ]]; then
    local head=""
    [[ $current == --*=* ]] && head=${current%%=*}=
    while IFS= read -r line; do
      for ending in ${kind#files}; do
        [[ -d ${line/#\~\//$HOME/} || $line == *."$ending" ]] && break
        ending=""
      done
      [[ $kind == files || -n $ending ]] || continue
      line=$head$line
      COMPREPLY+=("${line#"$cut"}")
    done < <(compgen -f -- "${current#"$head"}")
    compopt -o filenames 2>/dev/null
    return 0
  fi
  [[ $kind == open ]] && compopt -o nospace 2>/dev/null
  for line in "${answer[@]:1}"; do
    line=${line%%$'\t'*}
    COMPREPLY+=("${line#"$cut"}")
  done
  return 0
}

complete -F _belay_completion belay
