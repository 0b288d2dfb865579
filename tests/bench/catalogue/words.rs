//! What articles are called and described with.

/// A department, and what it sells.
pub const DEPARTMENTS: [(&str, [&str; 6]); 12] = [
    ("Hand tools", ["Hammer", "Saw", "Chisel", "Screwdriver", "Spanner", "Plane"]),
    ("Power tools", ["Drill", "Sander", "Router", "Grinder", "Jigsaw", "Planer"]),
    ("Fixings", ["Screw", "Bolt", "Nail", "Washer", "Anchor", "Rivet"]),
    ("Ironmongery", ["Hinge", "Handle", "Latch", "Bracket", "Knocker", "Hook"]),
    ("Garden", ["Spade", "Fork", "Rake", "Shears", "Hoe", "Barrow"]),
    ("Plumbing", ["Tap", "Valve", "Elbow", "Trap", "Cistern", "Coupling"]),
    ("Electrical", ["Socket", "Switch", "Cable", "Breaker", "Conduit", "Adaptor"]),
    ("Decorating", ["Brush", "Roller", "Paint", "Varnish", "Filler", "Scraper"]),
    ("Workwear", ["Jacket", "Trousers", "Gloves", "Boots", "Apron", "Helmet"]),
    ("Storage", ["Cabinet", "Shelf", "Crate", "Rack", "Drawer", "Trolley"]),
    ("Kitchen", ["Knife", "Pan", "Kettle", "Board", "Grater", "Sieve"]),
    ("Lighting", ["Lamp", "Lantern", "Torch", "Pendant", "Downlight", "Floodlight"]),
];

/// Shelves of every section.
pub const USES: [&str; 5] = ["for the trade", "for the home", "for small hands", "for outdoors", "for restoration"];

pub const MATERIALS: [&str; 16] = [
    "Steel",
    "Brass",
    "Oak",
    "Ash",
    "Beech",
    "Copper",
    "Iron",
    "Nylon",
    "Rubber",
    "Leather",
    "Zinc",
    "Bronze",
    "Hickory",
    "Aluminium",
    "Cotton",
    "Ceramic",
];

pub const COLOURS: [&str; 10] = ["Black", "White", "Red", "Green", "Blue", "Yellow", "Grey", "Orange", "Brown", "Silver"];

pub const SIZES: [&str; 6] = ["Small", "Medium", "Large", "Extra large", "Long", "Short"];

/// The commonest first: words of a text follow Zipf's law.
pub const QUALITIES: [&str; 40] = [
    "forged",
    "heavy",
    "light",
    "folding",
    "adjustable",
    "polished",
    "hardened",
    "galvanised",
    "insulated",
    "tapered",
    "curved",
    "straight",
    "double",
    "single",
    "wide",
    "narrow",
    "deep",
    "flat",
    "round",
    "square",
    "hollow",
    "solid",
    "threaded",
    "serrated",
    "magnetic",
    "cordless",
    "waterproof",
    "stackable",
    "lockable",
    "balanced",
    "tempered",
    "seasoned",
    "lacquered",
    "brushed",
    "knurled",
    "ribbed",
    "padded",
    "vented",
    "angled",
    "offset",
];

/// Of sentences: what it does, and to what.
pub const VERBS: [&str; 20] = [
    "holds", "cuts", "drives", "grips", "lifts", "turns", "seals", "guards", "joins", "smooths", "carries", "marks", "bends", "clamps",
    "strips", "covers", "levels", "tightens", "spreads", "supports",
];
pub const THINGS: [&str; 40] = [
    "timber",
    "masonry",
    "plaster",
    "sheet metal",
    "floorboards",
    "skirting",
    "pipework",
    "tiles",
    "slate",
    "brickwork",
    "joints",
    "gates",
    "fence posts",
    "window frames",
    "doors",
    "cupboards",
    "worktops",
    "roof beams",
    "stair treads",
    "panels",
    "gutters",
    "hedges",
    "borders",
    "lawns",
    "sacks",
    "ropes",
    "cables",
    "barrels",
    "crates",
    "benches",
    "saddles",
    "wheels",
    "boats",
    "sheds",
    "stoves",
    "chimneys",
    "ladders",
    "wells",
    "anvils",
    "bells",
];

/// Of made-up names, of which there are as many as a large catalogue has.
pub const BEGINNINGS: [&str; 24] = [
    "cal", "had", "thorn", "wes", "bran", "tor", "mar", "hol", "gran", "sten", "bel", "kir", "lang", "ost", "pen", "rav", "sel", "tam",
    "ul", "var", "win", "yor", "ald", "fen",
];
pub const MIDDLES: [&str; 16] = ["", "a", "be", "do", "er", "field", "gar", "i", "ken", "li", "mo", "ning", "o", "ri", "ster", "ver"];
pub const ENDINGS: [&str; 20] = [
    "ley", "ton", "wick", "by", "son", "der", "mere", "ford", "worth", "vik", "holm", "dale", "stead", "ham", "croft", "gate", "burn",
    "well", "shaw", "ridge",
];
