package import RedisRESP

extension CommandCatalog {
    /// More than any server has, modules and all.
    private static let mostCommands = 1 << 16

    /// Reads the reply of COMMAND.
    ///
    /// Servers since 7.0 tell where the keys are. Where they tell that only in part, and where an older server says
    /// that the keys move, the built-in table is used.
    ///
    /// - Parameters:
    ///   - reply: The reply: an array with a description of each command.
    ///   - categories: The ACL categories that are asked for, in lower case and without `@`.
    package init(_ reply: RESPValue, categories: Set<String> = []) {
        self.init()
        read(reply, categories, builtIn: .builtIn, isTop: true)
    }

    private mutating func read(
        _ reply: RESPValue,
        _ categories: Set<String>,
        builtIn: CommandCatalog?,
        isTop: Bool
    ) {
        for element in (reply.elements ?? []).prefix(Self.mostCommands) {
            guard let fields = element.elements, fields.count >= 6, let full = fields[0].bytes?.bytes else { continue }
            // A subcommand is called `command|subcommand`.
            let name = isTop ? full : full.split(separator: UInt8(ascii: "|")).last.map(Array.init) ?? full
            let known = builtIn.flatMap { table in table.position(name.rawSpan).map { (table, $0) } }
            let words = fields.count > 6 ? fields[6].elements ?? [] : []
            let isInCategory = words.contains { word in
                guard let text = word.text?.lowercased() else { return false }
                return categories.contains(text.hasPrefix("@") ? String(text.dropFirst()) : text)
            }
            let info = CommandInfo(
                specs: Self.specs(fields, known.map { $0.0.info($0.1).specs }),
                isInCategory: isInCategory
            )
            var nested: CommandCatalog?
            if isTop, fields.count > 9, let elements = fields[9].elements, !elements.isEmpty {
                var table = CommandCatalog()
                table.read(fields[9], categories, builtIn: known.flatMap { $0.0.nested($0.1) }, isTop: false)
                nested = table
            } else if isTop, let known, let table = known.0.nested(known.1) {
                // An older server tells nothing of subcommands.
                nested = isInCategory ? table.allInCategory() : table
            }
            add(name, info, subcommands: nested)
        }
    }

    private static func specs(_ fields: [RESPValue], _ builtIn: [KeySpec]?) -> [KeySpec] {
        if fields.count > 8, fields[8].elements != nil {
            let (specs, isComplete) = KeySpec.read(fields[8])
            return isComplete ? specs : builtIn ?? specs
        }
        if let builtIn { return builtIn }
        guard let first = fields[3].integer, let last = fields[4].integer, let step = fields[5].integer, first > 0,
            step > 0, first < KeySpec.largest, step < KeySpec.largest, last > -KeySpec.largest,
            last < KeySpec.largest, last < 0 || last >= first
        else { return [] }
        return [.search(.index(first), .range(last: last < 0 ? last : last - first, step: step, limit: 0))]
    }
}
