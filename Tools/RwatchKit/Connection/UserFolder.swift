import RedisPOSIX

/// A folder of the user for files of programs, by the specification of XDG.
enum UserFolder {
    case configuration
    case state

    /// The path of a file in the folder; `nil` when the environment names no folder.
    func path(_ name: String, _ environment: (String) -> [UInt8]?) -> [UInt8]? {
        func folder(_ name: String) -> [UInt8]? {
            // A relative path is to be ignored.
            environment(name).flatMap { $0.first == UInt8(ascii: "/") ? $0 : nil }
        }
        let (variable, usual) =
            switch self {
            case .configuration: ("XDG_CONFIG_HOME", "/.config")
            case .state: ("XDG_STATE_HOME", "/.local/state")
            }
        let home = folder("HOME").map { $0 + usual.utf8 }
        return (folder(variable) ?? home).map { $0 + "/\(name)".utf8 }
    }
}
