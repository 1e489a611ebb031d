import RedisCommands
import RedisRESP

/// The styles of commands: those that change data, and those that take much of it away or are for whoever runs the
/// server.
struct CommandTints: Sendable {
    /// Of those that a server counts as dangerous and the list of classes does not: they block it, or change which
    /// data is where.
    private static let alsoDangerous: Set<Substring> = ["KEYS", "SWAPDB"]
    /// Commands with keys that change nothing of them.
    private static let harmless: Set<Substring> = ["WATCH"]

    /// The styles of all commands that are known without asking a server.
    static let all = CommandTints()

    private var names = CaselessNames()
    private var styles: [TextStyle] = []
    /// By the position of the command.
    private var subcommands: [CommandTints?] = []

    private init(empty: Void) {}

    private init() {
        self.init(empty: ())
        let table = CommandCatalog.builtIn
        for (words, commandClass) in RedisCommandClass.all {
            let name = Array(words[0].utf8)
            let position = names.add(name)
            if position == styles.count {
                styles.append(.name)
                subcommands.append(nil)
            }
            var info = table.info(of: String(words[0]))
            if words.count > 1, let place = table.position(name.rawSpan) {
                info = table.nested(place)?.info(of: String(words[1]))
            }
            let style = Self.style(commandClass, words, hasKeys: info?.specs.isEmpty == false)
            guard words.count > 1 else {
                styles[position] = style
                continue
            }
            var nested = subcommands[position] ?? CommandTints(empty: ())
            if nested.names.add(Array(words[1].utf8)) == nested.styles.count {
                nested.styles.append(style)
                nested.subcommands.append(nil)
            }
            subcommands[position] = nested
        }
    }

    private static func style(_ commandClass: RedisCommandClass, _ words: [Substring], hasKeys: Bool) -> TextStyle {
        if commandClass == .admin || alsoDangerous.contains(words[0]) { return .danger }
        if commandClass == .readOnly || !hasKeys || harmless.contains(words[0]) { return .name }
        return .write
    }

    /// The style of a command.
    ///
    /// - Parameters:
    ///   - name: Its name, in any case.
    ///   - word: Its first argument, which may be the name of a subcommand.
    ///   - line: The line that has both.
    /// - Returns: The style.
    func style(of name: LineArguments.Bounds, _ word: LineArguments.Bounds, in line: RawSpan) -> TextStyle {
        guard let position = names.find(name, in: line) else { return .name }
        if let nested = subcommands[position], let place = nested.names.find(word, in: line) {
            return nested.styles[place]
        }
        return styles[position]
    }
}

extension CaselessNames {
    fileprivate func find(_ name: LineArguments.Bounds, in line: RawSpan) -> Int? {
        find(in: line, at: Int(name.start), count: Int(name.end - name.start))
    }
}
