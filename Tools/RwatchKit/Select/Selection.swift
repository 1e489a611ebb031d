package import RedisRESP

/// Which events a watch shows: what the user asked for, all of which must hold.
package struct Selection: Sendable {
    /// How commands of scripts and functions are treated.
    package enum Scripts: String, Sendable, CaseIterable {
        /// They are left out.
        case hide
        /// Only they are shown.
        case only
        /// They are shown as the commands of whoever called the script.
        case attribute
    }

    package var commands: [String] = []
    package var excludedCommands: [String] = []
    /// ACL categories, in lower case and without `@`.
    package var categories: [String] = []
    package var keys: [RedisBytes] = []
    package var excludedKeys: [RedisBytes] = []
    package var channels: [RedisBytes] = []
    package var excludedChannels: [RedisBytes] = []
    package var clients: [ClientPattern] = []
    package var clientNames: [RedisBytes] = []
    package var users: [RedisBytes] = []
    package var databases: [Int] = []
    package var minimumSize: Int?
    package var scripts: Scripts?
    package var included: [RegularExpression] = []
    package var excluded: [RegularExpression] = []
    package var expression: FilterExpression?
    package var sample: SampleRate?
    /// How many events behind a selected one are shown too.
    package var following = 0
    /// The shown event whose line matches this is the last one.
    package var last: RegularExpression?

    package init() {}

    /// Whether nothing is left out but other databases.
    var isOfAll: Bool {
        var other = self
        other.databases = []
        other.last = nil
        return other.filter() == nil
    }

    /// Whether the server's table of commands is needed.
    var needsCommands: Bool {
        !categories.isEmpty || expression?.needsKeys == true || !keys.isEmpty || !excludedKeys.isEmpty
    }

    /// Whether the names of clients are needed.
    package var needsNames: Bool { !clientNames.isEmpty || expression?.needsNames == true }

    /// Whether the users of clients are needed.
    package var needsUsers: Bool { !users.isEmpty || expression?.needsUsers == true }

    /// The filter of this selection; `nil` when everything is shown.
    ///
    /// - Parameter table: The server's commands, for keys and categories.
    /// - Returns: The filter.
    package func filter(_ table: CommandCatalog = .builtIn) -> EventFilter? {
        var filter = EventFilter(table: table, sample: sample ?? .all, following: following)
        filter.plain = PlainLineFilter(self, table)
        var conditions: [Expression] = []
        if !databases.isEmpty { filter.scope = .test(.database, .isOneOf(databases.map(Self.number))) }
        if !commands.isEmpty { conditions.append(.test(.command, .isNamed(CaselessNames(commands)))) }
        if !excludedCommands.isEmpty {
            conditions.append(.not(.test(.command, .isNamed(CaselessNames(excludedCommands)))))
        }
        if !categories.isEmpty { conditions.append(.test(.command, .isInCategory)) }
        conditions += Self.globs(.key, keys, excludedKeys)
        filter.names = conditions
        conditions = []
        if let scripts, scripts != .attribute {
            let isScript = Expression.test(.isFromScript, .isTrue)
            conditions.append(scripts == .only ? isScript : .not(isScript))
        }
        if !clients.isEmpty {
            let values = clients.map { ExpressionValue(bytes: [], isQuoted: true, clients: $0) }
            conditions.append(.test(.client, .isOneOf(values)))
        }
        conditions += Self.globs(.clientName, clientNames, []) + Self.globs(.user, users, [])
        conditions += Self.globs(.channel, channels, excludedChannels)
        if let minimumSize { conditions.append(.test(.size, .isAtLeast(Self.number(minimumSize)))) }
        if let expression {
            conditions.append(expression.root)
            filter.patterns = expression.patterns
        }
        let first = filter.patterns.count
        filter.patterns += included + excluded
        let lines = filter.patterns.indices.dropFirst(first).map { Expression.test(.line, .matchesPattern($0)) }
        if !included.isEmpty { conditions.append(.any(Array(lines.prefix(included.count)))) }
        conditions += lines.dropFirst(included.count).map { .not($0) }
        filter.conditions = conditions
        if let last {
            filter.last = .test(.line, .matchesPattern(filter.patterns.count))
            filter.patterns.append(last)
        }
        return filter.isEmpty ? nil : filter
    }

    private static func number(_ value: Int) -> ExpressionValue {
        ExpressionValue(bytes: [], isQuoted: false, integer: value)
    }

    private static func globs(
        _ field: ExpressionField,
        _ globs: [RedisBytes],
        _ excluded: [RedisBytes]
    ) -> [Expression] {
        var conditions: [Expression] = []
        if !globs.isEmpty { conditions.append(.test(field, .matchesGlob(GlobPatterns(globs.map(\.bytes))))) }
        if !excluded.isEmpty {
            conditions.append(.not(.test(field, .matchesGlob(GlobPatterns(excluded.map(\.bytes))))))
        }
        return conditions
    }
}
