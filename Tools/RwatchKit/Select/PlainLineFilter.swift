import RedisRESP

/// Decides about the names and keys of most MONITOR lines without taking them apart: of those in the usual form whose
/// key is the first argument. It changes nothing while it decides, so that it costs little beside formatting the line.
/// What it leaves open is for ``EventReader``.
final class PlainLineFilter: Sendable {
    /// What a command's name says.
    private enum Rule: Sendable {
        case no
        case yes
        /// The first argument is the only key.
        case firstKey
        case open
    }

    private let names: CaselessNames
    /// By the positions of the names.
    private let rules: [Rule]
    /// The rule of any other name.
    private let other: Rule
    private let keys: GlobPatterns
    private let excludedKeys: GlobPatterns

    /// `nil` when the selection says nothing of names and keys.
    init?(_ selection: Selection, _ table: CommandCatalog) {
        let needsTable = !selection.keys.isEmpty || !selection.excludedKeys.isEmpty || !selection.categories.isEmpty
        guard needsTable || !selection.commands.isEmpty || !selection.excludedCommands.isEmpty else { return nil }
        keys = GlobPatterns(selection.keys.map(\.bytes))
        excludedKeys = GlobPatterns(selection.excludedKeys.map(\.bytes))
        other = !selection.commands.isEmpty ? .no : needsTable ? .open : .yes
        let wanted = CaselessNames(selection.commands)
        let unwanted = CaselessNames(selection.excludedCommands)
        var all = (selection.commands + selection.excludedCommands).map { Array($0.utf8) }
        if needsTable { all += table.commandNames }
        var (names, rules) = (CaselessNames(), [Rule]())
        for name in all {
            guard names.add(name) == rules.count else { continue }
            let isNamed = wanted.count == 0 || wanted.find(name.rawSpan) != nil
            guard isNamed, unwanted.find(name.rawSpan) == nil else {
                rules.append(.no)
                continue
            }
            rules.append(needsTable ? Self.rule(name, selection, table) : .yes)
        }
        self.names = names
        self.rules = rules
    }

    /// The rule of a command with keys or categories.
    private static func rule(_ name: [UInt8], _ selection: Selection, _ table: CommandCatalog) -> Rule {
        guard let position = table.position(name.rawSpan), !table.hasSubcommands(position) else { return .open }
        let info = table.info(position)
        if !selection.categories.isEmpty, !info.isInCategory { return .no }
        if selection.keys.isEmpty, selection.excludedKeys.isEmpty { return .yes }
        if info.specs.isEmpty { return selection.keys.isEmpty ? .yes : .no }
        return info.specs == [.single(1)] ? .firstKey : .open
    }

    /// Whether a line has a wanted name and wanted keys; unknown when somebody else has to look.
    func verdict(_ line: RawSpan) -> Verdict {
        let count = line.byteCount
        // Ten digits, a point, six digits and a blank; then the first quote, behind a bracket and a blank.
        guard count > 24, line.pair(at: 17) == Self.beforeDatabase, line.byte(at: 10) == UInt8(ascii: "."),
            let quote = line.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: "\""), from: 21),
            line.pair(at: quote &- 2) == Self.behindSource, let end = Self.end(line, from: quote &+ 1)
        else { return .unknown }
        let found = names.find(in: line, at: quote &+ 1, count: end &- quote &- 1)
        switch found.map({ rules[$0] }) ?? other {
        case .no: return .no
        case .yes: return .yes
        case .open: return .unknown
        case .firstKey:
            guard end &+ 3 < count, line.pair(at: end &+ 1) == Self.betweenArguments,
                let keyEnd = Self.end(line, from: end &+ 3)
            else { return .unknown }
            let key = line.part(at: end &+ 3, count: keyEnd &- end &- 3)
            if !excludedKeys.isEmpty, excludedKeys.match(key) { return .no }
            return Verdict(keys.isEmpty || keys.match(key))
        }
    }

    /// Where an argument without escapes ends, behind which the line ends or goes on with a blank.
    @inline(__always)
    private static func end(_ line: RawSpan, from start: Int) -> Int? {
        guard let end = line.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: start) else { return nil }
        if end &+ 1 == line.byteCount { return line.byte(at: end) == UInt8(ascii: "\"") ? end : nil }
        return line.pair(at: end) == behindArgument && end &+ 2 < line.byteCount ? end : nil
    }

    // Two bytes each, as they lie in a line: ` [`, `] `, `" ` and ` "`.
    private static let beforeDatabase = UInt16(0x5B20).littleEndian
    private static let behindSource = UInt16(0x205D).littleEndian
    private static let behindArgument = UInt16(0x2022).littleEndian
    private static let betweenArguments = UInt16(0x2220).littleEndian
}
