/// What a Sentinel says of servers or other Sentinels: names and values, in turn, for one after the other.
struct SentinelInstances {
    /// The fields of each.
    private(set) var all: [[String: String]] = []

    /// Reads the elements of SENTINEL MASTER, REPLICAS or SENTINELS, one per line. Each instance begins with its
    /// "name".
    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            if lines[index] == "name" { all.append([:]) }
            guard !all.isEmpty else { continue }
            all[all.count - 1][lines[index]] = lines[index + 1]
        }
    }

    /// The one on that port.
    func instance(onPort port: Int) -> [String: String]? { all.first { $0["port"] == "\(port)" } }

    /// What is wrong with the instances on these ports; `nil` when all are there and healthy. `kind` is the flag that
    /// says what they are.
    func problem(onPorts ports: [Int], kind: String) -> String? {
        for port in ports {
            guard let one = instance(onPort: port) else { return "no \(kind) on port \(port)" }
            let flags = one["flags"] ?? ""
            let words = flags.split(separator: ",").map(String.init)
            // "master_down", what another Sentinel has once said, stays with some versions and means nothing
            // afterwards.
            let bad = ["s_down", "o_down", "disconnected", "failover_in_progress"]
            if !words.contains(kind) || words.contains(where: bad.contains) {
                return "the \(kind) on port \(port) to be \(flags)"
            }
            guard kind == "slave" else { continue }
            // One that was not yet asked is no candidate; the time since then is then that since 1970.
            if one["master-link-status"] != "ok" || (one["info-refresh"].flatMap { Int($0) } ?? .max) > 1_000_000_000 {
                return "too little of the replica on port \(port)"
            }
        }
        return nil
    }
}
