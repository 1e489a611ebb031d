extension PubSub: CustomReflectable {
    /// The configuration. The rest is the loop's, changes while it is looked at, and may hold what passes over the link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
