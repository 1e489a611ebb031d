/// The clients of components, and who uses them. A plain value.
///
/// Components with the same configuration share a client. One that no component has any more is retired: it goes when
/// its last user has gone.
package struct ComponentClients<Client> {
    struct Slot {
        let client: Client
        var users = 0
        var components: Set<String> = []
    }

    private var slots: [Int: Slot] = [:]
    /// The slot and the configuration of each component.
    private var current: [String: (slot: Int, configuration: RedisBytes)] = [:]
    private var lastSlot = 0

    package init() {}

    /// A client, and the number under which it is given back.
    package struct Use {
        package let client: Client
        package let slot: Int
    }

    /// Begins to use the client of a component, if it has this configuration; `nil` stands for any.
    package mutating func use(_ component: String, _ configuration: RedisBytes?) -> Use? {
        guard let place = current[component], let client = slots[place.slot]?.client else { return nil }
        guard configuration == nil || configuration == place.configuration else { return nil }
        slots[place.slot]?.users += 1
        return Use(client: client, slot: place.slot)
    }

    /// Ends a use. Returns the client if it is retired and nobody uses it any more.
    package mutating func endUse(_ slot: Int) -> Client? {
        slots[slot]?.users -= 1
        return removeIfUnused(slot)
    }

    /// Gives a component a client: that of another component with the same configuration, or else `client`.
    ///
    /// - Returns: What nobody uses any more.
    package mutating func install(_ component: String, _ configuration: RedisBytes, _ client: Client) -> [Client] {
        if current[component]?.configuration == configuration { return [client] }
        var unused: [Client] = []
        let slot: Int
        if let shared = current.values.first(where: { $0.configuration == configuration })?.slot {
            slot = shared
            unused.append(client)
        } else {
            lastSlot += 1
            slot = lastSlot
            slots[slot] = Slot(client: client)
        }
        unused += remove(component)
        current[component] = (slot, configuration)
        slots[slot]?.components.insert(component)
        return unused
    }

    /// Takes its client away from a component. Returns what nobody uses any more.
    package mutating func remove(_ component: String) -> [Client] {
        guard let place = current.removeValue(forKey: component) else { return [] }
        slots[place.slot]?.components.remove(component)
        return removeIfUnused(place.slot).map { [$0] } ?? []
    }

    /// Whether a component has a client.
    package func has(_ component: String) -> Bool { current[component] != nil }

    /// Takes all clients away. Returns those that nobody uses.
    package mutating func removeAll() -> [Client] {
        current.keys.sorted().flatMap { remove($0) }
    }

    /// How many clients there are.
    package var count: Int { slots.count }

    private mutating func removeIfUnused(_ slot: Int) -> Client? {
        guard let place = slots[slot], place.users <= 0, place.components.isEmpty else { return nil }
        slots[slot] = nil
        return place.client
    }
}

extension ComponentClients: Sendable where Client: Sendable {}
extension ComponentClients.Slot: Sendable where Client: Sendable {}
extension ComponentClients.Use: Sendable where Client: Sendable {}
