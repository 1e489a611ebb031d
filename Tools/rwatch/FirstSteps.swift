import RedisReactor
import RwatchKit

/// What somebody reads who has just begun.
enum FirstSteps {
    /// For `rwatch` alone: few enough lines for any terminal.
    static let overview = """
        rwatch watches what happens in Redis and Valkey.

          rwatch monitor                      every command that a server executes
          rwatch sub orders -P 'cache.*'      messages of a channel and a pattern
          rwatch keys 'user:*'                keys that are set, deleted, expired
          rwatch channels                     who is subscribed to what
          rwatch demo                         see it work, without a server
          rwatch demo --tour                  the same step by step

        The server is localhost:6379; -h, -p, -u or RWATCH_URL name another.
        On a terminal, events are columns for people; into a pipe or a file, they are
        lines, JSON (--json) or what you like (-F). Ctrl-C ends.

        All commands: rwatch --help. One of them: rwatch monitor --help.
        """

    /// What to do when there is no server where rwatch looks for one by itself; `nil` when a server was named, or when
    /// nobody reads it.
    static func advice(_ arguments: ArrangedArguments) -> String? {
        let names = ["-h", "--host", "-p", "--port", "-s", "--socket", "-u", "--uri", "--sentinel", "--cluster"]
        let isNamed = arguments.words.contains { word in
            names.contains(word) || names.contains { word.hasPrefix("\($0)=") }
        }
        let isNamedOutside = ThisProcess.environment("RWATCH_URL").map { !$0.isEmpty } ?? false
        guard !isNamed, !isNamedOutside, OutputSetting.errors.isTerminal else { return nil }
        return "name another server by -h HOST -p PORT or by -u URL; 'rwatch demo' needs none"
    }
}
