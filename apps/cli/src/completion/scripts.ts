export type Shell = 'bash' | 'zsh' | 'fish'

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

// Each script asks the command itself, one candidate a line: the word, a tab, what it is. The
// line `:folders` asks the shell for its own completion of folders besides.

const bash = (command: string): string => `# bash completion for sluice
_sluice() {
  local current="\${COMP_WORDS[COMP_CWORD]}" value description
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :folders ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "$current")
    else
      COMPREPLY+=("$value")
    fi
  done < <(${command} completions -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _sluice sluice
`

const zsh = (command: string): string => `#compdef sluice
_sluice() {
  local value description folders=
  local -a found
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :folders ]]; then
      folders=1
    else
      found+=("\${value//:/\\\\:}:$description")
    fi
  done < <(${command} completions -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  local result=1
  if (( \${#found} )); then _describe sluice found && result=0; fi
  if [[ -n $folders ]]; then _files -/ && result=0; fi
  return result
}
compdef _sluice sluice
`

const fish = (command: string): string => `# fish completion for sluice
function __sluice_candidates
    set -l current (commandline -ct)
    set -l before (commandline -opc)
    ${command} completions -- $before[2..-1] "$current" 2>/dev/null | while read -l candidate
        if test "$candidate" = :folders
            __fish_complete_directories "$current" ''
        else
            echo $candidate
        end
    end
end
complete -c sluice -f -a '(__sluice_candidates)'
`

const scripts: Readonly<Record<Shell, (command: string) => string>> = { bash, zsh, fish }

/**
 * The script that completes `sluice` in a shell.
 * @param invocation the program and arguments that start this command, wherever it lies
 */
export function completionScript(shell: Shell, invocation: readonly string[]): string {
  return scripts[shell](invocation.map(quoted).join(' '))
}
