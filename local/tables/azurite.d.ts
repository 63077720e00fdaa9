/** Azurite publishes no types; what is used of these modules is checked where they are loaded. */
declare module "azurite/dist/src/*" {
  const loaded: unknown;
  export default loaded;
}
