// Which release this is.

/// The version every part of the program names.
public enum Release {
    public static let version = "0.1.0"
}
