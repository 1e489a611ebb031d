/// Why the picture of a cluster is asked for anew.
package enum RefreshReason: String, Sendable, Hashable {
    /// There is none yet.
    case first
    /// A server answered MOVED.
    case moved
    /// A link was lost, or did not come about.
    case linkLost
    /// A node has another role than the picture says.
    case wrongRole
    /// A server ended a sharded subscription by itself.
    case unsubscribed
    /// The picture has no node for what is wanted.
    case noServer
    /// Somebody wants to know.
    case asked
    /// Nothing has called for it for a while.
    case timer
}
