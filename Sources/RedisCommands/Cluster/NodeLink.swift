/// The link to one node of a cluster.
struct NodeLink: Sendable {
    let link: ControlLink
    /// Whether a command has been given to it since it was last looked at.
    var isUsed = true
}
