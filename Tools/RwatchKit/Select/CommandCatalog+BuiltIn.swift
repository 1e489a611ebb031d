import RedisCommands
import RedisRESP

extension CommandCatalog {
    /// The commands whose keys are known without asking a server.
    package static let builtIn: CommandCatalog = {
        var table = CommandCatalog()
        // The slots of shard channels are found like keys, and they are none.
        let channels: Set<String> = ["SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"]
        table.add(Array("MIGRATE".utf8), CommandInfo(specs: [.migrate]))
        // A group or a consumer may be called STREAMS.
        table.add(Array("XREADGROUP".utf8), CommandInfo(specs: [streams(from: 4)]))
        for name in ["GEORADIUS", "GEORADIUSBYMEMBER"] {
            let start = name == "GEORADIUS" ? 6 : 5
            let destinations = ["store", "storedist"].map { word in
                KeySpec.search(.keyword(Array(word.utf8), from: start), .range(last: 0, step: 1, limit: 0))
            }
            table.add(Array(name.utf8), CommandInfo(specs: [.single(1)] + destinations))
        }
        for (name, rule) in KeyTable.rules.sorted(by: { $0.key < $1.key }) {
            var nested: CommandCatalog?
            if case .subcommands(let rules) = rule {
                var table = CommandCatalog()
                for (name, rule) in rules.sorted(by: { $0.key < $1.key }) {
                    table.add(Array(name.utf8), CommandInfo(specs: specs(rule)))
                }
                nested = table
            }
            let info = CommandInfo(specs: channels.contains(name) ? [] : specs(rule))
            table.add(Array(name.utf8), info, subcommands: nested)
        }
        return table
    }()

    private static func streams(from start: Int) -> KeySpec {
        .search(.keyword(Array("streams".utf8), from: start), .range(last: -1, step: 1, limit: 2))
    }

    private static func specs(_ rule: KeyRule) -> [KeySpec] {
        switch rule {
        case .none, .subcommands, .asked: return []
        case .range(let first, let last, let step):
            return [.search(.index(first), .range(last: last < 0 ? last : last - first, step: step, limit: 0))]
        case .counted(let index, let hasDestination):
            let keys = KeySpec.search(.index(index), .counted(index: 0, first: 1, step: 1))
            return hasDestination ? [.single(1), keys] : [keys]
        case .streams: return [streams(from: 1)]
        case .storing(let options): return [.single(1), .sortDestination(from: options)]
        }
    }
}
