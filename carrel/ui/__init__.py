"""The desk in a browser: Streamlit pages over one home, their own parts, and the server that shows them."""
