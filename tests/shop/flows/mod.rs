mod buying;
mod keeping;
