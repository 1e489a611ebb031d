/// What a node of a cluster says about a slot that it does not have: `MOVED 3999 127.0.0.1:6381`, or `ASK …`
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
package struct ClusterRedirection: Sendable, Hashable {
    package let slot: Int
    /// An empty host stands for that of the node that has said it.
    package let endpoint: Endpoint
    /// The node has the slot for this one command only, behind ASKING.
    package let isTemporary: Bool

    /// Reads an error line; `nil` when it is another one, or has another form.
    package init?(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 3, words[0] == "MOVED" || words[0] == "ASK", let slot = Int(words[1]),
            (0..<16384).contains(slot), let colon = words[2].lastIndex(of: ":"),
            let port = UInt16(words[2][words[2].index(after: colon)...]), port > 0
        else { return nil }
        var host = words[2][..<colon]
        if host.first == "[" && host.last == "]" { host = host.dropFirst().dropLast() }
        self.slot = slot
        endpoint = .tcp(host: String(host), port: port)
        isTemporary = words[0] == "ASK"
    }
}
