//! The tomcat stand-in.
