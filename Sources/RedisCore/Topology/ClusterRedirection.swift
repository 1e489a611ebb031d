/// The error of a cluster's node for a slot that it does not have: `MOVED 3999 127.0.0.1:6381`, or `ASK …`
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
package struct ClusterRedirection: Sendable, Hashable {
    package let slot: Int
    /// The unchanged `host:port`. An empty host means the host of the node that sent the error.
    package let address: String
    /// Whether this is ASK: the other node has the slot for this one command only, after ASKING.
    package let isTemporary: Bool

    /// Reads an error line; `nil` for any other error.
    package init?(_ line: String) {
        let words = line.utf8.split(separator: UInt8(ascii: " "))
        guard words.count == 3, let word = words[0].firstWord, word == "MOVED" || word == "ASK",
            let slot = words[1].decimal(Int.self), (0..<HashSlot.count).contains(slot)
        else { return nil }
        self.slot = slot
        address = String(Substring(words[2]))
        isTemporary = word == "ASK"
    }
}
